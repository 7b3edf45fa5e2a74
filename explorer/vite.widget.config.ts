import { defineConfig, type Plugin } from "vite";
import { coreWasm } from "./vite.config";

/** Puts the style into the module, which then is all that a notebook needs. */
function styleInside(): Plugin {
  return {
    name: "style-inside",
    enforce: "post",
    generateBundle(_, bundle) {
      let style = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (!name.endsWith(".css") || part.type !== "asset") continue;
        style += part.source;
        delete bundle[name];
      }
      for (const part of Object.values(bundle))
        if (part.type === "chunk") part.code = part.code.replace(/\bLINNET_STYLE\b/, () => JSON.stringify(style));
    },
  };
}

/** `src/widget.ts` as one module for notebooks, build/widget/widget.mjs. */
export default defineConfig({
  plugins: [coreWasm(), styleInside()],
  worker: { format: "iife", plugins: () => [coreWasm()] },
  build: {
    target: "es2022",
    outDir: "build/widget",
    cssCodeSplit: false,
    modulePreload: false,
    rollupOptions: {
      input: "src/widget.ts",
      preserveEntrySignatures: "strict",
      output: { format: "es", entryFileNames: "widget.mjs", inlineDynamicImports: true },
    },
  },
});
