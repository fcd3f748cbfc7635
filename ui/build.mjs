// Bundles the browser modules and styles into dist/: minified, named by their content, listed in
// manifest.json. The widget's texts are read from the Fluent files, so that each text stands once.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** The Fluent files of a language. */
function textFiles(language) {
  const folder = join(root, "locales", language);
  return readdirSync(folder).sort().map((name) => join(folder, name));
}

/** What is said by the server, or of cards that the chat has no word for. */
const elsewhere = /^(not-allowed|not-allowed-how|no-chat|no-chat-how|closed-page|closed-page-how|noscript|close|input|attach|send|articles|card-(invoice|chosen|machine|visit))$/;

/** In the order of `client/widget/texts.ts`. */
const languages = ["en", "es", "pt"];

/** Which texts a script brings: what their keys begin with, and what of that is not said by it. */
const bundles = {
  texts: { begin: /^(?:widget-(?=[a-z])|(?=card-))/, elsewhere },
  "texts/articles": { begin: /^help-(?:chat-|(?=(?:title|nothing|nothing-hint|question|yes|no|thanks|sorry|still|contact)$))/, elsewhere: /^$/ },
};

/** The texts of a script: of each key what it is in each language, which packs better than whole languages. Plain ones, arguments written `{ $name }`. */
function bundled({ begin, elsewhere }) {
  const texts = {};
  languages.forEach((language, at) => {
    const lines = textFiles(language).flatMap((path) => readFileSync(path, "utf8").split("\n"));
    for (const line of lines) {
      const match = /^([a-z-]+) = (.+)$/.exec(line);
      if (!match || !begin.test(match[1])) continue;
      const [, name, text] = match;
      const key = name.replace(begin, "");
      if (elsewhere.test(key)) continue;
      if (/\{(?! \$[a-z]+ \})/.test(text)) throw new Error(`${language}: ${name} uses more than plain arguments`);
      (texts[key] ??= [])[at] = text.replace(/\{ \$([a-z]+) \}/g, "{$1}");
    }
  });
  return texts;
}

const texts = {
  name: "texts",
  setup(build) {
    build.onResolve({ filter: /^texts(\/\w+)?$/ }, ({ path }) => ({ path, namespace: "texts" }));
    build.onLoad({ filter: /.*/, namespace: "texts" }, ({ path }) => ({
      contents: JSON.stringify(bundled(bundles[path])),
      loader: "json",
      watchFiles: languages.flatMap(textFiles),
    }));
  },
};

const manifest = {
  name: "manifest",
  setup(build) {
    build.onEnd((result) => {
      if (!result.metafile) return;
      const files = {};
      for (const [path, output] of Object.entries(result.metafile.outputs)) {
        if (!output.entryPoint && !path.endsWith(".woff2")) continue;
        const file = basename(path);
        files[file.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "")] = file;
      }
      const sorted = Object.fromEntries(Object.entries(files).sort());
      writeFileSync(join(dist, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
    });
  },
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const options = {
  absWorkingDir: root,
  entryPoints: [
    "client/inbox.ts",
    "client/portal.ts",
    "client/knowledge.ts",
    "client/help.ts",
    "client/sw.ts",
    "client/portal-sw.ts",
    "client/widget.ts",
    "client/proactive.ts",
    "client/frame.ts",
    "client/articles.ts",
    "client/map.ts",
    "client/visit.ts",
    "client/css/inbox.css",
    "client/css/portal.css",
    "client/css/frame.css",
    "client/css/articles.css",
    "client/css/help.css",
    "client/css/sample.css",
    "client/css/map.css",
  ],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  charset: "utf8",
  loader: { ".png": "dataurl", ".woff2": "file" },
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [texts, manifest],
};

if (process.argv.includes("--watch")) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
