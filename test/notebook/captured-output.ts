import {
  type Bundle,
  type NotebookOutput,
  type TerminalOutput,
  terminalOutput,
} from '../../lib/src/notebook/output';

/** A terminal that keeps what is written to it. */
export function capturedTerminal(options: { isTTY?: boolean; columns?: number } = {}): {
  output: TerminalOutput;
  text(): string;
} {
  let written = '';
  const write = (text: string | Uint8Array) => {
    written += text;
    return true;
  };
  return {
    output: terminalOutput({ write: write as NodeJS.WriteStream['write'], ...options }),
    text: () => written,
  };
}

export interface Sent {
  readonly kind: 'display' | 'update' | 'print';
  readonly bundle: Bundle;
  readonly id?: string;
}

/** A notebook cell that keeps what is sent to it; printed lines as `text/plain`. */
export function capturedNotebook(): { output: NotebookOutput; sent: Sent[] } {
  const sent: Sent[] = [];
  const output: NotebookOutput = {
    kind: 'notebook',
    kernel: {},
    display: (bundle, id) => void sent.push({ kind: 'display', bundle, id }),
    update: (bundle, id) => void sent.push({ kind: 'update', bundle, id }),
    print: (text) => void sent.push({ kind: 'print', bundle: { 'text/plain': text } }),
  };
  return { output, sent };
}
