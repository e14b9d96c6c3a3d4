import { openCamera } from './camera';
import { type Picture, squareOf } from './picture';

/** The pictures of a running camera, each shown before the next one is taken. */
export class CameraLoop {
  /** The run that goes on, from the moment that the camera is asked for; its stream comes when the reader allows it. */
  #run?: { stream?: MediaStream };

  get running(): boolean {
    return this.#run !== undefined;
  }

  /**
   * Opens the camera and shows its pictures until {@link stop}, or until it is unplugged.
   *
   * @param side as the net takes pictures
   * @throws Error in a sentence, when there is no camera, and whatever `show` throws; the camera is off then
   */
  async run(side: number, show: (picture: Picture) => Promise<void>): Promise<void> {
    const run: { stream?: MediaStream } = {};
    this.#run = run;
    try {
      run.stream = await openCamera();
      if (this.#run === run) await this.#showAll(run.stream, side, show);
    } finally {
      stopTracks(run.stream);
      if (this.#run === run) this.#run = undefined;
    }
  }

  stop(): void {
    stopTracks(this.#run?.stream);
    this.#run = undefined;
  }

  async #showAll(
    stream: MediaStream,
    side: number,
    show: (picture: Picture) => Promise<void>,
  ): Promise<void> {
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true; // a phone would fill its screen
    video.srcObject = stream;
    await video.play();
    while (stream.active) {
      const { videoWidth, videoHeight } = video;
      await show({
        title: `camera, ${videoWidth}×${videoHeight} pixels`,
        ...squareOf(video, videoWidth, videoHeight, side),
      });
      await new Promise(requestAnimationFrame); // the page is drawn, and a page out of sight rests
    }
  }
}

function stopTracks(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
