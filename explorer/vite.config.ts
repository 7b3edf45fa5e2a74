import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** `import wasm from "virtual:core-wasm"`: the compiled core as text, base64 of its zstd form, because the page may fetch
 *  nothing. The worker expands it. */
export function coreWasm(): Plugin {
  const name = "virtual:core-wasm";
  const file = new URL("build/core.wasm.zst", import.meta.url);
  return {
    name: "core-wasm",
    enforce: "pre",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return;
      if (!existsSync(file)) this.error("explorer/build/core.wasm.zst is missing: run scripts/explorer, which compiles it.");
      return `export default "${readFileSync(file).toString("base64")}";`;
    },
    // Emscripten's own way to the file, which Vite would follow and put in a second time.
    transform: (code, id) =>
      id.endsWith("/build/core.mjs") ? code.replace(/new URL\("core\.wasm", ?import\.meta\.url\)/, '"core.wasm"') : undefined,
  };
}

/** Puts the script and the style into index.html, and a policy that allows these two and nothing else: the page then
 *  works from a disk as from any server, and cannot speak to the network. */
function oneFile(): Plugin {
  const allow = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return {
    name: "one-file",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      let script = "";
      let style = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type === "chunk") script += part.code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
        else if (name.endsWith(".css")) style += part.source;
        else continue;
        delete bundle[name];
      }
      const page = bundle["index.html"];
      if (page?.type !== "asset") return this.error("there is no index.html to fill");
      const policy = [
        "default-src 'none'",
        `script-src ${allow(script)} 'wasm-unsafe-eval'`,
        "worker-src blob:",
        `style-src ${allow(style)}`,
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; ");
      page.source = String(page.source)
        .replace(/\s*<script type="module".*?<\/script>/s, "")
        .replace(/\s*<link rel="stylesheet".*?>/s, "")
        .replace("<head>", () => `<head>\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`)
        .replace("</head>", () => `<style>${style}</style>\n  </head>`)
        .replace("</body>", () => `<script>${script}</script>\n  </body>`);
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [coreWasm(), oneFile()],
  worker: { format: "iife", plugins: () => [coreWasm()] },
  build: {
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    rollupOptions: { output: { format: "iife", inlineDynamicImports: true } },
  },
});
