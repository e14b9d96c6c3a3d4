/** The files that `npm run web` left beside the page. */
import type { io } from '@tensorflow/tfjs';
import { DATA_FOLDER, FILES, type LoadedSamples, type PageData } from './page-data';
import { tf } from './tensorflow';

export interface LoadedPage {
  readonly data: PageData;
  readonly saved: io.ModelArtifacts;
  readonly samples?: LoadedSamples;
}

/** @throws Error in a sentence, when a file is missing or damaged */
export async function loadPage(): Promise<LoadedPage> {
  const data = (await (await fetched(FILES.page)).json()) as PageData;
  const saved = await loadModelFiles();
  if ('missing' in data.samples) return { data, saved };
  const images = new Uint8Array(await (await fetched(FILES.samples)).arrayBuffer());
  return { data, saved, samples: { ...data.samples, images } };
}

async function loadModelFiles(): Promise<io.ModelArtifacts> {
  try {
    return await tf.io.browserHTTPRequest(`${DATA_FOLDER}/${FILES.model}`).load!();
  } catch (error) {
    throw new Error(`cannot load the model; ${messageOf(error)}; run npm run web again`, { cause: error });
  }
}

async function fetched(name: string): Promise<Response> {
  const response = await fetch(`${DATA_FOLDER}/${name}`).catch((error: unknown) => {
    throw new Error(`cannot load ${name}; ${messageOf(error)}; npm run web may have ended`, {
      cause: error,
    });
  });
  if (!response.ok) {
    throw new Error(`cannot load ${name}; the server answers ${response.status}; run npm run web again`);
  }
  return response;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
