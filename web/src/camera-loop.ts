import { openCamera } from './camera';
import { type Picture, squareOf } from './picture';

/** The pictures of a running camera, each shown before the next one is taken. */
export class CameraLoop {
  #stream?: MediaStream;

  get running(): boolean {
    return this.#stream !== undefined;
  }

  /**
   * Opens the camera and shows its pictures until {@link stop}, or until it is unplugged.
   *
   * @param side as the net takes pictures
   * @throws Error in a sentence, when there is no camera, and whatever `show` throws; the camera is off then
   */
  async run(side: number, show: (picture: Picture) => Promise<void>): Promise<void> {
    const stream = await openCamera();
    this.#stream = stream;
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true; // a phone would fill its screen
    video.srcObject = stream;
    try {
      await video.play();
      while (this.#stream === stream && stream.active) {
        const { videoWidth, videoHeight } = video;
        await show({
          title: `camera, ${videoWidth}×${videoHeight} pixels`,
          ...squareOf(video, videoWidth, videoHeight, side),
        });
        await new Promise(requestAnimationFrame); // the page is drawn, and a page out of sight rests
      }
    } finally {
      if (this.#stream === stream) this.stop();
    }
  }

  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
  }
}
