// Prints what each surface loads before the first interaction, gzipped, against its budget.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "dist");
const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
const budgets = [
  ["widget", 15_000, ["widget.js", "frame.js", "frame.css"]],
  // Only where an inbox says something first.
  ["proactive", 3_000, ["proactive.js"]],
  // Only once somebody looks at articles in the chat.
  ["articles", 4_500, ["articles.js", "articles.css"]],
  ["portal", 30_000, ["portal.js", "portal.css"]],
  ["inbox", 80_000, ["inbox.js", "inbox.css"]],
];
let isOver = false;
for (const [surface, budget, names] of budgets) {
  const sizes = names.map((name) => gzipSync(readFileSync(join(dist, manifest[name])), { level: 9 }).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  isOver ||= total > budget;
  const parts = names.map((name, index) => `${name} ${sizes[index]}`).join(", ");
  console.log(`${surface.padEnd(9)} ${String(total).padStart(6)} of ${budget} bytes gz  ${total > budget ? "OVER" : "ok"}  (${parts})`);
}
process.exitCode = isOver ? 1 : 0;
