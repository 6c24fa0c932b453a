export { XdrError } from './error.ts'
export { XdrReader } from './reader.ts'
export { type FileData, XdrWriter } from './writer.ts'
