/** The page: loads the net and the samples, starts the backends, and connects what the reader can do. */
import { preferred, startBackends } from './backends';
import { CameraLoop } from './camera-loop';
import { Classifier } from './classifier';
import { type LoadedPage, loadPage } from './load-page';
import type {} from './page-hook'; // window.resnetLab
import { openPicture, type Picture } from './picture';
import { showBackends } from './view/backend-table';
import { complain, orComplain } from './view/complaint';
import { byId } from './view/element';
import { connectCamera, connectFiles } from './view/inputs';
import { showModel } from './view/model-note';
import { markSample, samplePicture, showSamples } from './view/sample-strip';
import { connectOpacity } from './view/stage';
import { Viewer } from './viewer';

async function main(): Promise<void> {
  connectOpacity();
  byId('stage', HTMLDivElement).classList.add('empty');
  const page = await loadPage().catch((error) => {
    byId('model', HTMLParagraphElement).textContent = 'There is no net to show.';
    throw error;
  });
  const { model } = page.data;
  showModel(model);
  const classifier = new Classifier(model, page.saved);
  const pictures = samplePictures(page);
  const viewer = new Viewer(classifier, model, {
    onShow: (picture) => markSample(pictures, picture),
    onError: complain,
  });
  const show = connectPictures(viewer, model.side);
  showSamples(pictures, (picture) => orComplain(() => show(picture)));
  if (pictures[0]) await show(pictures[0]);

  const backends = await startBackends();
  showBackends(backends, (name) => orComplain(() => viewer.use(name)));
  await viewer.use(preferred(backends));
  window.resnetLab = {
    backends,
    samples: page.samples,
    use: (backend) => classifier.use(backend),
    classify: (rgb) => classifier.classify(rgb),
    explain: (rgb, classIndex) => classifier.explain(rgb, classIndex),
  };
}

/** The samples as pictures, and a note beside them; none and the reason where there are no samples. */
function samplePictures({ data, samples }: LoadedPage): Picture[] {
  const note = byId('samples-note', HTMLParagraphElement);
  if (!samples) {
    note.textContent = 'missing' in data.samples ? data.samples.missing : '';
    return [];
  }
  const { side, classNames } = data.model;
  note.textContent = `${samples.labels.length} ${samples.name}, which the net was not trained on.`;
  return samples.labels.map((_, i) => samplePicture(samples, i, side, classNames));
}

/** @returns how to show a picture: a camera that runs is stopped first */
function connectPictures(viewer: Viewer, side: number): (picture: Picture) => Promise<void> {
  const camera = new CameraLoop();
  const stop = () => {
    camera.stop();
    mark(false);
  };
  const show = (picture: Picture) => {
    stop();
    return viewer.show(picture);
  };
  connectFiles((file) => orComplain(async () => show(await openPicture(file, side))));
  const mark = connectCamera(() =>
    orComplain(async () => {
      if (camera.running) return stop();
      mark(true);
      await camera.run(side, (picture) => viewer.show(picture)).finally(() => mark(camera.running));
    }),
  );
  return show;
}

main().catch(complain);
