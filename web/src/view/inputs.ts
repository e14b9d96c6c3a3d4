import { byId } from './element';

/** Files come from the button, and from anything that is dropped anywhere on the page. */
export function connectFiles(open: (file: File) => void): void {
  const upload = byId('upload', HTMLInputElement);
  upload.disabled = false;
  upload.addEventListener('change', () => {
    const file = upload.files?.[0];
    if (file) open(file);
    upload.value = ''; // the same file may be chosen again
  });
  const { classList } = byId('stage', HTMLDivElement);
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    classList.add('dropping');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) classList.remove('dropping'); // out of the window
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    classList.remove('dropping');
    const file = event.dataTransfer?.files[0];
    if (file) open(file);
  });
}

/** The camera's button, and how it looks while the camera runs. */
export function connectCamera(toggle: () => void): (running: boolean) => void {
  const button = byId('camera', HTMLButtonElement);
  button.disabled = false;
  button.addEventListener('click', toggle);
  return (running) => {
    button.ariaPressed = String(running);
    button.textContent = running ? 'Stop the camera' : 'Use the camera';
  };
}
