/** The part of package-lock.json that says what needs what; its keys are paths such as `node_modules/a/node_modules/b`. */
export interface Lock {
  readonly packages: Readonly<Record<string, Needs>>;
}
interface Needs {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
}

/** Where Node finds `name` when the package at `from` imports it: beside it, or in an outer folder. */
const resolveFrom = (lock: Lock, from: string, name: string): string | undefined => {
  const inner = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (lock.packages[inner] !== undefined) return inner;
  return from === ''
    ? undefined
    : resolveFrom(lock, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name);
};

/** The paths of all packages that npm installs for these, themselves included. */
export const installedWith = (lock: Lock, names: readonly string[]): string[] => {
  const found = new Set<string>();
  const add = (from: string, needed: readonly string[]): void => {
    for (const name of needed) {
      const path = resolveFrom(lock, from, name);
      if (path === undefined || found.has(path)) continue;
      found.add(path);
      const needs = lock.packages[path] ?? {};
      const peers = Object.keys(needs.peerDependencies ?? {}).filter(
        (peer) => !needs.peerDependenciesMeta?.[peer]?.optional,
      );
      add(path, [...Object.keys({ ...needs.dependencies, ...needs.optionalDependencies }), ...peers]);
    }
  };
  add('', names);
  return [...found].sort();
};
