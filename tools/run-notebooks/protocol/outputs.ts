/** What a kernel publishes while a cell runs -> the cell's outputs as nbformat 4.5 stores them. */
import type { Message } from './wire';

/** MIME type to content: text as a string, JSON as an object. */
export type MimeBundle = Record<string, unknown>;

export interface StreamOutput {
  output_type: 'stream';
  name: 'stdout' | 'stderr';
  text: string;
}

export interface DisplayOutput {
  output_type: 'display_data';
  data: MimeBundle;
  metadata: Record<string, unknown>;
}

export interface ResultOutput {
  output_type: 'execute_result';
  execution_count: number | null;
  data: MimeBundle;
  metadata: Record<string, unknown>;
}

export interface ErrorOutput {
  output_type: 'error';
  ename: string;
  evalue: string;
  traceback: string[];
}

export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

/** The displays of one kernel that have an id, so that a later message can replace what they show, in any cell. */
export type Displays = Map<string, (DisplayOutput | ResultOutput)[]>;

/**
 * Takes one published message into a cell's `outputs`, in place. Status messages and unknown types change nothing.
 *
 * @returns the output that was added or changed
 */
export function takeOutput(message: Message, outputs: Output[], displays: Displays): Output | undefined {
  const content = message.content as Record<string, never>;
  switch (message.header.msg_type) {
    case 'stream':
      return takeStream(outputs, content.name, content.text);
    case 'display_data':
      return add(outputs, displays, content.transient, {
        output_type: 'display_data',
        data: content.data,
        metadata: content.metadata ?? {},
      });
    case 'execute_result':
      return add(outputs, displays, content.transient, {
        output_type: 'execute_result',
        execution_count: content.execution_count,
        data: content.data,
        metadata: content.metadata ?? {},
      });
    case 'update_display_data':
      return update(displays, content.transient, content.data, content.metadata ?? {});
    case 'error': {
      const { ename, evalue, traceback } = content;
      const output: Output = { output_type: 'error', ename, evalue, traceback };
      outputs.push(output);
      return output;
    }
    default:
      return undefined;
  }
}

/** Text of one stream without another output between is one output. */
function takeStream(outputs: Output[], name: StreamOutput['name'], text: string): Output {
  const last = outputs.at(-1);
  if (last?.output_type === 'stream' && last.name === name) {
    last.text += text;
    return last;
  }
  const output: Output = { output_type: 'stream', name, text };
  outputs.push(output);
  return output;
}

function add(
  outputs: Output[],
  displays: Displays,
  transient: { display_id?: string } | undefined,
  output: DisplayOutput | ResultOutput,
): Output {
  outputs.push(output);
  const id = transient?.display_id;
  if (id !== undefined) displays.set(id, [...(displays.get(id) ?? []), output]);
  return output;
}

function update(
  displays: Displays,
  transient: { display_id?: string } | undefined,
  data: MimeBundle,
  metadata: Record<string, unknown>,
): Output | undefined {
  const shown = displays.get(transient?.display_id ?? '') ?? [];
  for (const output of shown) Object.assign(output, { data, metadata });
  return shown[0];
}
