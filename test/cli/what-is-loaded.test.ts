/** What a command loads before it answers: time at a prompt, measured in modules since those do not depend on the machine. */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';

/** What is imported on the way to a built module, without what is loaded later by `import()`. */
function loadedBy(...entries: readonly string[]): {
	readonly own: readonly string[];
	readonly libraries: readonly string[];
} {
	const own = new Set<string>();
	const libraries = new Set<string>();
	const visit = (file: string) => {
		if (own.has(file)) return;
		own.add(file);
		const source = readFileSync(file, 'utf8');
		for (const [, from, bare] of source.matchAll(
			/^(?:import|export)\b[^;'"]*\bfrom ['"](.+)['"]|^import ['"](.+)['"]/gm,
		)) {
			const name = from ?? bare ?? '';
			if (name.startsWith('.')) visit(path.resolve(path.dirname(file), name));
			else if (!name.startsWith('node:')) libraries.add(name);
		}
	};
	for (const entry of entries) visit(path.resolve('dist/source', entry));
	return {own: [...own], libraries: [...libraries]};
}

const begin = ['cli.js', 'cli/main.js'];

test('help and version load a handful of modules and no library', (t) => {
	const {own, libraries} = loadedBy(...begin, 'cli/help.js');
	t.deepEqual(libraries, []);
	t.true(own.length <= 14, own.join('\n'));
});

test('a question to a running session loads no library', (t) => {
	const {own, libraries} = loadedBy(...begin, 'cli/run-query.js');
	t.deepEqual(libraries, []);
	t.true(own.length <= 32, own.join('\n'));
});
