import { brotliCompressSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

type Bundle = Rolldown.OutputBundle;

/** What the budget covers: the modules that the first page needs, and the most that they may weigh, in bytes of Brotli. */
export interface Budget {
  modules: string[];
  firstPage: number;
  whole: number;
}

/** Fails the build when the first page or the whole app outgrows its budget. */
export function budget({ modules, firstPage, whole }: Budget): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const first = sum(bundle, reachable(bundle, modules));
      const all = sum(bundle, new Set(Object.keys(bundle)));
      const report = `first page ${kilobytes(first)} of ${kilobytes(firstPage)}, whole app ${kilobytes(all)} of ${kilobytes(whole)}`;
      if (first > firstPage || all > whole) this.error(`The web app outgrew its budget: ${report} (JS and CSS, Brotli).`);
      this.info(`budget: ${report}`);
    },
  };
}

/** The entry, the chunks that hold `modules`, everything they import statically, and their style sheets. */
function reachable(bundle: Bundle, modules: string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (name: string) => {
    const chunk = bundle[name];
    if (seen.has(name) || chunk?.type !== 'chunk') return;
    seen.add(name);
    chunk.imports.forEach(visit);
    const css = (chunk as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss;
    css?.forEach((sheet) => seen.add(sheet));
  };
  for (const [name, chunk] of Object.entries(bundle)) {
    if (chunk.type !== 'chunk') continue;
    if (chunk.isEntry || chunk.moduleIds.some((id) => modules.some((module) => id.endsWith(module)))) visit(name);
  }
  return seen;
}

function sum(bundle: Bundle, names: Set<string>): number {
  let bytes = 0;
  for (const name of names) {
    const file = bundle[name];
    if (file === undefined || !/\.(js|css)$/.test(name)) continue;
    bytes += brotliCompressSync(file.type === 'chunk' ? file.code : file.source).length;
  }
  return bytes;
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
