/** What Keras 3 calls the groups that hold a layer's weights: by its class, and numbered in the order of the model's layers. */

/** `BatchNormalization` -> `batch_normalization`, as `keras.src.utils.naming.to_snake_case` has it. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The groups of layers in their order, such as `conv2d`, `conv2d_1`, `dense` of `conv2d`, `conv2d`, `dense`. */
export function groupNames(kinds: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return kinds.map((kind) => {
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    return count === 0 ? kind : `${kind}_${count}`;
  });
}

/**
 * Names of a model's layers by their groups.
 *
 * @param config the text of a `config.json`
 * @returns undefined when it is not the configuration of a model with layers
 */
export function layerNames(config: string): Map<string, string> | undefined {
  const layers = member(member(parsed(config), 'config'), 'layers');
  if (!Array.isArray(layers)) return undefined;
  const described = layers.map((layer) => ({
    className: member(layer, 'class_name'),
    name: member(member(layer, 'config'), 'name'),
  }));
  if (described.some(({ className, name }) => typeof className !== 'string' || typeof name !== 'string')) {
    return undefined;
  }
  const groups = groupNames(described.map(({ className }) => snakeCase(className as string)));
  return new Map(groups.map((group, i) => [group, described[i].name as string]));
}

/** Of its own, so that what JSON calls `__proto__` is no more than another name. */
function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
