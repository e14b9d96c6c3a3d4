/**
 * The few protocol-buffer messages that cross the C API or go into files, with the fields that we use.
 *
 * Source: tensorflow/core/framework/op_def.proto and step_stats.proto, tensorflow/core/protobuf/config.proto,
 * rewriter_config.proto, tensorflow_server.proto, cluster.proto, saved_model.proto and meta_graph.proto of TensorFlow 2.21; a field
 * that is not listed here is skipped when read.
 */
import protobuf from 'protobufjs';

const SCHEMA = `
syntax = "proto3";

message OpDef {
  message ArgDef { string name = 1; int32 type = 3; string type_attr = 4; string number_attr = 5; string type_list_attr = 6; }
  string name = 1;
  repeated ArgDef input_arg = 2;
  repeated ArgDef output_arg = 3;
}

message ConfigProto {
  int32 intra_op_parallelism_threads = 2;
  repeated string device_filters = 4;
  bool allow_soft_placement = 7;
  GraphOptions graph_options = 10;
  bool isolate_session_state = 15;
  Experimental experimental = 16;
  message Experimental { string collective_group_leader = 1; int32 recv_buf_max_chunk = 4; }
  message GraphOptions { OptimizerOptions optimizer_options = 3; RewriterConfig rewrite_options = 10; }
  message OptimizerOptions { int32 global_jit_level = 5; int32 cpu_global_jit = 7; }
  message RewriterConfig {
    int32 auto_mixed_precision = 23;
    int32 auto_mixed_precision_onednn_bfloat16 = 31;
  }
}

message ServerDef {
  ClusterDef cluster = 1;
  string job_name = 2;
  int32 task_index = 3;
  ConfigProto default_session_config = 4;
  string protocol = 5;
}
message ClusterDef { repeated JobDef job = 1; }
message JobDef { string name = 1; map<int32, string> tasks = 2; }

message RunOptions { int32 trace_level = 1; }

message RunMetadata { StepStats step_stats = 1; }
message StepStats { repeated DeviceStepStats dev_stats = 1; }
message DeviceStepStats { string device = 1; repeated NodeExecStats node_stats = 2; }
message NodeExecStats {
  string node_name = 1;
  int64 all_start_micros = 2;
  int64 op_start_rel_micros = 3;
  int64 op_end_rel_micros = 4;
  string timeline_label = 8;
  int64 all_start_nanos = 13;
  int64 op_start_rel_nanos = 14;
  int64 op_end_rel_nanos = 15;
}

message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
message MetaGraphDef {
  MetaInfoDef meta_info_def = 1;
  bytes graph_def = 2; // a GraphDef, which TensorFlow writes: the same bytes
  map<string, SignatureDef> signature_def = 5;
  message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; }
}
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }
message TensorShapeProto { repeated Dim dim = 2; message Dim { int64 size = 1; } }`;

const root = protobuf.parse(SCHEMA, { keepCase: false }).root;

export type MessageName = 'OpDef' | 'ConfigProto' | 'ServerDef' | 'RunOptions' | 'RunMetadata' | 'SavedModel';

/** Bytes of a message; names in camel case: `{ allowSoftPlacement: true }`. */
export function encodeMessage(name: MessageName, value: object): Uint8Array {
  const type = root.lookupType(name);
  const wrong = type.verify(value);
  if (wrong !== null) throw new TypeError(`invalid ${name}; ${wrong}`);
  return type.encode(type.create(value)).finish();
}

/** A message as a plain object; 64-bit numbers as numbers, which hold microseconds and nanoseconds of a clock exactly enough. */
export function decodeMessage<T>(name: MessageName, bytes: Uint8Array): T {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { longs: Number, defaults: true, arrays: true }) as T;
}
