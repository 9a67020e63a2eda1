import { brotliCompressSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

type Bundle = Rolldown.OutputBundle;

/** Maximum sizes of JS and CSS, in bytes of Brotli. */
export interface Budget {
  /** Modules that the first page needs, by the end of their path. */
  modules: string[];
  firstPage: number;
  whole: number;
  /** Modules of which a visit loads one at most, such as languages. Only one of the first page counts. */
  alternatives: RegExp;
}

/** Fails the build when the first page or the whole app exceeds its budget. */
export function budget({ modules, firstPage, whole, alternatives }: Budget): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const firstFiles = reachable(bundle, modules);
      const counted = Object.keys(bundle).filter((name) => firstFiles.has(name) || !isAlternative(bundle[name], alternatives));
      const first = sum(bundle, firstFiles);
      const all = sum(bundle, new Set(counted));
      const report = `first page ${kilobytes(first)} of ${kilobytes(firstPage)}, whole app ${kilobytes(all)} of ${kilobytes(whole)}`;
      if (first > firstPage || all > whole) this.error(`The web app exceeds its budget: ${report} (JS and CSS, Brotli).`);
      this.info(`budget: ${report}`);
    },
  };
}

/** Returns the entry, the chunks that hold `modules`, their static imports, and the style sheets of all of these. */
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

/** Whether a file of the build holds nothing but alternatives. */
function isAlternative(file: Bundle[string] | undefined, alternatives: RegExp): boolean {
  return file?.type === 'chunk' && file.moduleIds.length > 0 && file.moduleIds.every((id) => alternatives.test(id));
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
