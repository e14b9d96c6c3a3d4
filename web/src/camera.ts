import { messageOf } from './load-page';

/** Asks for the camera, the one on the back of a phone where there are two. The caller stops its tracks.
 *
 * @throws Error in a sentence, when there is none or the reader refuses
 */
export async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices) {
    throw new Error('cannot open the camera; browsers lend it to pages from localhost or over HTTPS alone');
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
  } catch (error) {
    throw new Error(`cannot open the camera; ${why(error)}`, { cause: error });
  }
}

function why(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'it was refused: allow it for this page, or upload a picture';
  if (name === 'NotFoundError' || name === 'OverconstrainedError')
    return 'none was found: upload a picture instead';
  if (name === 'NotReadableError') return 'another program has it: close that one first';
  return messageOf(error);
}
