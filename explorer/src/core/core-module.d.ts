declare module "*/build/core.mjs" {
  const load: (options: { wasmBinary: ArrayBuffer | Uint8Array }) => Promise<import("./module").CoreModule>;
  export default load;
}

declare module "virtual:core-wasm" {
  const packed: string;
  export default packed;
}
