/**
 * The part of TensorFlow's C API that builds and runs graphs, declared over koffi: the only file that knows its functions.
 *
 * The library is the one that tfjs-node's addon has open already, so both share one TensorFlow, its device and its thread
 * pools. A pointer is a bigint here. What owns one, and frees it, are the classes of `native-graph.ts`, `native-tensor.ts`,
 * `native-session.ts` and `native-server.ts`.
 *
 * Source: tensorflow/c/c_api.h, tf_tensor.h, tf_status.h and tf_buffer.h of TensorFlow 2.21.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { KoffiFunc } from 'koffi';
import { koffi, koffiProblem } from './koffi';
import './open'; // the library has to be loaded by the addon first, with its settings in place

export type Pointer = bigint;

/** One output of an operation, passed by value. */
export interface TfOutput {
  readonly oper: Pointer;
  readonly index: number;
}

/** Bytes of a `TF_Output` in C: a pointer, an int and its padding. */
export const TF_OUTPUT_BYTES = 16;

const declarations = {
  TF_NewStatus: 'void *TF_NewStatus()',
  TF_DeleteStatus: 'void TF_DeleteStatus(void *status)',
  TF_GetCode: 'int TF_GetCode(const void *status)',
  TF_Message: 'str TF_Message(const void *status)',

  TF_NewGraph: 'void *TF_NewGraph()',
  TF_DeleteGraph: 'void TF_DeleteGraph(void *graph)',
  TF_NewOperation: 'void *TF_NewOperation(void *graph, str op, str name)',
  TF_FinishOperation: 'void *TF_FinishOperation(void *description, void *status)',
  TF_SetDevice: 'void TF_SetDevice(void *description, str device)',
  TF_AddInput: 'void TF_AddInput(void *description, TF_Output input)',
  TF_AddInputList: 'void TF_AddInputList(void *description, const TF_Output *inputs, int count)',
  TF_AddControlInput: 'void TF_AddControlInput(void *description, void *operation)',
  TF_SetAttrString: 'void TF_SetAttrString(void *description, str name, str value, size_t bytes)',
  TF_SetAttrInt: 'void TF_SetAttrInt(void *description, str name, int64_t value)',
  TF_SetAttrIntList: 'void TF_SetAttrIntList(void *description, str name, const int64_t *values, int count)',
  TF_SetAttrFloat: 'void TF_SetAttrFloat(void *description, str name, float value)',
  TF_SetAttrFloatList:
    'void TF_SetAttrFloatList(void *description, str name, const float *values, int count)',
  TF_SetAttrBool: 'void TF_SetAttrBool(void *description, str name, uint8_t value)',
  TF_SetAttrBoolList:
    'void TF_SetAttrBoolList(void *description, str name, const uint8_t *values, int count)',
  TF_SetAttrType: 'void TF_SetAttrType(void *description, str name, int type)',
  TF_SetAttrShape: 'void TF_SetAttrShape(void *description, str name, const int64_t *dims, int count)',
  TF_SetAttrTensor: 'void TF_SetAttrTensor(void *description, str name, void *tensor, void *status)',
  TF_OperationNumOutputs: 'int TF_OperationNumOutputs(void *operation)',
  TF_OperationOutputType: 'int TF_OperationOutputType(TF_Output output)',
  TF_GraphGetTensorNumDims: 'int TF_GraphGetTensorNumDims(void *graph, TF_Output output, void *status)',
  TF_GraphSetTensorShape:
    'void TF_GraphSetTensorShape(void *graph, TF_Output output, int64_t *dims, int count, void *status)',
  TF_GraphGetTensorShape:
    'void TF_GraphGetTensorShape(void *graph, TF_Output output, _Out_ int64_t *dims, int count, void *status)',
  TF_GraphGetOpDef: 'void TF_GraphGetOpDef(void *graph, str op, void *buffer, void *status)',
  TF_GraphToGraphDef: 'void TF_GraphToGraphDef(void *graph, void *buffer, void *status)',

  TF_AllocateTensor: 'void *TF_AllocateTensor(int type, const int64_t *dims, int count, size_t bytes)',
  TF_DeleteTensor: 'void TF_DeleteTensor(void *tensor)',
  TF_TensorData: 'void *TF_TensorData(const void *tensor)',
  TF_TensorType: 'int TF_TensorType(const void *tensor)',
  TF_NumDims: 'int TF_NumDims(const void *tensor)',
  TF_Dim: 'int64_t TF_Dim(const void *tensor, int axis)',

  TF_NewBuffer: 'void *TF_NewBuffer()',
  TF_NewBufferFromString: 'void *TF_NewBufferFromString(const void *bytes, size_t count)',
  TF_DeleteBuffer: 'void TF_DeleteBuffer(void *buffer)',

  TF_NewSessionOptions: 'void *TF_NewSessionOptions()',
  TF_SetConfig: 'void TF_SetConfig(void *options, const void *bytes, size_t count, void *status)',
  TF_SetTarget: 'void TF_SetTarget(void *options, str target)',
  TF_DeleteSessionOptions: 'void TF_DeleteSessionOptions(void *options)',
  TF_NewSession: 'void *TF_NewSession(void *graph, void *options, void *status)',
  TF_CloseSession: 'void TF_CloseSession(void *session, void *status)',
  TF_DeleteSession: 'void TF_DeleteSession(void *session, void *status)',
  TF_SessionRun:
    'void TF_SessionRun(void *session, void *runOptions, void *inputs, void *inputTensors, int inputCount, ' +
    'void *outputs, void *outputTensors, int outputCount, void *targets, int targetCount, void *metadata, void *status)',

  TF_NewServer: 'void *TF_NewServer(const void *bytes, size_t count, void *status)',
  TF_ServerStart: 'void TF_ServerStart(void *server, void *status)',
  TF_ServerTarget: 'str TF_ServerTarget(void *server)',
} as const;

/** From the C library: one copy between JavaScript's memory and TensorFlow's, in either direction; the end of the process. */
const libcDeclarations = {
  copyIn: 'void *memcpy(void *to, const void *from, size_t bytes)',
  copyOut: 'void *memcpy(_Out_ void *to, const void *from, size_t bytes)',
  exit: 'void _exit(int code)',
} as const;

// biome-ignore lint/suspicious/noExplicitAny: koffi's functions take and return what their C declaration says
type CFunction = KoffiFunc<(...args: any[]) => any>;

/** The functions above by name; each has `.async`, which runs it on a worker thread. */
export type CApi = Record<keyof typeof declarations | keyof typeof libcDeclarations, CFunction>;

let opened: CApi | undefined;
let problem: string | undefined;

/**
 * The C API, opened at the first call.
 *
 * @throws Error when the library or one of its functions is not there
 */
export function cApi(): CApi {
  opened ??= open();
  return opened;
}

/** Why the C API cannot be used here; undefined when it can. */
export function cApiProblem(): string | undefined {
  if (opened || problem !== undefined) return problem;
  try {
    cApi();
  } catch (error) {
    problem = error instanceof Error ? error.message.split('\n')[0] : String(error);
  }
  return problem;
}

function open(): CApi {
  if (!koffi) throw new Error(`the package koffi cannot be loaded: ${koffiProblem}`);
  const library = koffi.load(libraryFile());
  koffi.struct('TF_Output', { oper: 'void *', index: 'int' });
  const libc = koffi.load(null);
  const functions = [
    ...Object.entries(declarations).map(([name, text]) => [name, library.func(text)]),
    ...Object.entries(libcDeclarations).map(([name, text]) => [name, libc.func(text)]),
  ];
  return Object.fromEntries(functions) as CApi;
}

/** The TensorFlow that the addon was linked to; set-up put it there, see environment.md. */
function libraryFile(): string {
  const manifest = require.resolve('@tensorflow/tfjs-node-gpu/package.json');
  return fs.realpathSync(path.join(path.dirname(manifest), 'deps/lib/libtensorflow_cc.so.2'));
}

/**
 * Runs `call` with a status and throws what TensorFlow says when it failed.
 *
 * @param action what was being done, for the error: `"build the graph"`
 */
export function checked<T>(action: string, call: (status: Pointer) => T): T {
  const api = cApi();
  const status = api.TF_NewStatus() as Pointer;
  try {
    const result = call(status);
    throwIfFailed(action, status);
    return result;
  } finally {
    api.TF_DeleteStatus(status);
  }
}

export function throwIfFailed(action: string, status: Pointer): void {
  const api = cApi();
  if (api.TF_GetCode(status) === 0) return;
  throw new Error(`cannot ${action}; TensorFlow says: ${api.TF_Message(status)}`);
}
