import { expect } from 'chai';
import { readFileSync } from 'node:fs';

/** The fields of package.json that are looked at here. */
interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

// The file is our own.
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

interface LockedPackage {
  readonly hasInstallScript?: boolean;
}

describe('package.json', () => {
  it('lets demos, benchmarks and single specs say that they build first', () => {
    const { scripts } = manifest;
    expect(scripts['build:aloud']).to.match(/^echo Building .*&& npm run build --silent$/);
    for (const [name, script] of Object.entries(scripts)) {
      if (!/^(?:start|spec|demo:.+|bench(?::.+)?)$/.test(name)) continue;
      expect(script, name).to.match(/^npm run build:aloud --silent && node dist\//);
    }
  });

  it('settles which packages may run a script when they are installed, so that npm asks nobody', () => {
    // The file is npm's.
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      readonly packages: Readonly<Record<string, LockedPackage>>;
    };
    const withScripts = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);
    const names = withScripts.map((path) => path.replace(/^.*node_modules\//, ''));
    expect(Object.keys(manifest.allowScripts)).to.have.members(names);
  });
});
