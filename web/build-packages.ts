/**
 * Builds the npm packages: `npm run build:packages`. Each becomes a folder that can be packed and
 * published as it is, `packages/<name>/dist`; `--out <folder>` puts them below another one.
 *
 * Inside the workspace packages are used as sources, so their own package.json names TypeScript files
 * and forbids publishing. What is published has a package.json of its own, made here.
 */

import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { build } from "vite";

const WEB = import.meta.dirname;
/** In this order: later ones use the types of earlier ones. */
const NAMES = ["client", "editor", "widget", "react"] as const;
type Name = (typeof NAMES)[number];

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const outFlag = process.argv.indexOf("--out");
const out = outFlag > 0 ? resolve(process.argv[outFlag + 1] ?? "") : null;

const sourceOf = (name: Name) => join(WEB, "packages", name);
const targetOf = (name: Name) => (out ? join(out, name) : join(sourceOf(name), "dist"));
const manifestOf = (name: Name): Manifest =>
  JSON.parse(readFileSync(join(sourceOf(name), "package.json"), "utf8"));

/** `./src/rich.ts` is built as `./rich.js`, with its types beside it. */
function built(source: string, ending: ".js" | ".d.ts"): string {
  return source.replace(/^\.\/src\//, "./").replace(/\.ts$/, ending);
}

/** Where the types of the packages are that were built before. */
function typePaths(): Record<string, string[]> {
  const paths: Record<string, string[]> = {};
  for (const name of NAMES) {
    const { name: full, exports } = manifestOf(name);
    for (const [path, source] of Object.entries(exports)) {
      if (!source.endsWith(".ts")) continue;
      paths[full + path.slice(1)] = [join(targetOf(name), built(source, ".d.ts"))];
    }
  }
  return paths;
}

function compile(name: Name): void {
  const { [manifestOf(name).name]: _, ...paths } = typePaths();
  const isWidget = name === "widget";
  const source = join(sourceOf(name), "src");
  const config = {
    extends: join(WEB, "tsconfig.json"),
    compilerOptions: {
      rootDir: source,
      outDir: targetOf(name),
      noEmit: false,
      noEmitOnError: true,
      declaration: true,
      // The widget's script is bundled, for the style sheets in it.
      emitDeclarationOnly: isWidget,
      rewriteRelativeImportExtensions: true,
      types: [],
      paths,
    },
    // What style sheets are to a bundler.
    files: isWidget ? [join(WEB, "node_modules", "vite", "client.d.ts")] : [],
    include: [source],
  };
  const folder = mkdtempSync(join(tmpdir(), "collab-build-"));
  try {
    const file = join(folder, "tsconfig.json");
    writeFileSync(file, JSON.stringify(config));
    const tsc = join(WEB, "node_modules", "typescript", "bin", "tsc");
    execFileSync(process.execPath, [tsc, "-p", file], { cwd: WEB, stdio: "inherit" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The widget's own modules and style sheets in one; other packages stay packages. */
async function bundle(name: Name): Promise<void> {
  await build({
    root: sourceOf(name),
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      outDir: targetOf(name),
      emptyOutDir: false,
      target: "es2022",
      minify: false,
      lib: { entry: join(sourceOf(name), "src", "index.ts"), formats: ["es"] },
      rolldownOptions: {
        external: (id) => !id.startsWith(".") && !isAbsolute(id) && !/\.css\b/.test(id),
        output: { entryFileNames: "index.js", chunkFileNames: "parts/[name].js" },
      },
    },
  });
}

function copyRest(name: Name): void {
  const source = join(sourceOf(name), "src");
  // The widget carries its style sheets inside.
  if (name !== "widget") {
    for (const sheet of globSync("**/*.css", { cwd: source })) {
      const target = join(targetOf(name), sheet);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(source, sheet), target);
    }
  }
  // What is in the widget, for editors and other tools.
  const described = join(sourceOf(name), "custom-elements.json");
  if (existsSync(described)) cpSync(described, join(targetOf(name), "custom-elements.json"));
  cpSync(join(sourceOf(name), "README.md"), join(targetOf(name), "README.md"));
  cpSync(join(WEB, "..", "LICENSE"), join(targetOf(name), "LICENSE"));
}

function describe(name: Name): void {
  const { private: _, devDependencies: __, scripts: ___, exports, ...rest } = manifestOf(name);
  const published = Object.entries(exports).map(([path, source]) => {
    const parts = { types: built(source, ".d.ts"), default: built(source, ".js") };
    return [path, source.endsWith(".ts") ? parts : built(source, ".js")];
  });
  const manifest = {
    ...rest,
    types: "./index.d.ts",
    exports: { ...Object.fromEntries(published), "./package.json": "./package.json" },
    files: ["**/*.js", "**/*.d.ts", "**/*.css", "custom-elements.json"],
  };
  writeFileSync(join(targetOf(name), "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

for (const name of NAMES) {
  rmSync(targetOf(name), { recursive: true, force: true });
  mkdirSync(targetOf(name), { recursive: true });
  compile(name);
  if (name === "widget") await bundle(name);
  copyRest(name);
  describe(name);
  process.stdout.write(`${relative(process.cwd(), targetOf(name)) || "."}\n`);
}
