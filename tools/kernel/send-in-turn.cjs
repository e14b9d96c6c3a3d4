/**
 * Loaded into every kernel before tslab, which sends its messages without waiting for the one before. On a busy machine a message may
 * still be under way when the next comes, and zeromq refuses that: "Socket is busy writing; only one send operation may be in
 * progress at any time (EBUSY)". Here the next one waits for its turn.
 */
const { Socket } = require(require.resolve('zeromq', { paths: [process.argv[1]] })); // tslab's own

const { send } = Socket.prototype;
/** For each socket, the end of what it is sending. @type {WeakMap<object, Promise<void>>} */
const sending = new WeakMap();

/**
 * @this {object}
 * @param {unknown[]} message
 */
function sendInTurn(...message) {
  const before = sending.get(this);
  const turn = before ? before.then(() => send.apply(this, message)) : send.apply(this, message); // at once where nothing is under way
  const ended = turn.then(
    () => {},
    () => {}, // whoever sent it is told
  );
  sending.set(this, ended);
  ended.then(() => {
    if (sending.get(this) === ended) sending.delete(this);
  });
  return turn;
}

Object.defineProperty(Socket.prototype, 'send', { value: sendInTurn, configurable: true }); // it is read-only
