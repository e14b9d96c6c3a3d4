export { tf } from './tensorflow/load';
