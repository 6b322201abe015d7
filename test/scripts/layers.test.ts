/** The rules of layers and of where words stand bite: what is planted against one is found, what keeps to them is not. */
import path from 'node:path';
import test from 'ava';
import {ESLint} from 'eslint';
import tseslint from 'typescript-eslint';

const eslint = new ESLint({
	overrideConfig: [
		{
			files: ['**/*.ts', '**/*.tsx'],
			...tseslint.configs.disableTypeChecked,
			// The planted files do not exist, so no project knows them.
			languageOptions: {parserOptions: {projectService: false}},
			rules: {
				...tseslint.configs.disableTypeChecked.rules,
				'@typescript-eslint/switch-exhaustiveness-check': 'off',
				'@typescript-eslint/consistent-type-imports': 'off',
			},
		},
	],
});

async function broken(file: string, code: string): Promise<string[]> {
	const [result] = await eslint.lintText(code, {filePath: path.resolve(file)});
	return result!.messages
		.filter(({ruleId}) => ruleId?.startsWith('no-restricted'))
		.map(({message}) => message);
}

const refused: readonly (readonly [file: string, code: string])[] = [
	['source/protocol/planted.ts', "import 'node:fs';"],
	['source/protocol/planted.ts', "import '../core/state.js';"],
	['source/protocol/planted.ts', "import 'ws';"],
	['source/core/planted.ts', "import 'node:path';"],
	['source/core/planted.ts', "import 'zod';"],
	['source/core/planted.ts', "import '../git/store.js';"],
	['source/core/reconcile/planted.ts', "import '../../runtime/loop.js';"],
	['source/core/planted.ts', 'export const now = Date.now();'],
	['source/core/planted.ts', 'export const chance = Math.random();'],
	['source/core/planted.ts', 'setTimeout(() => {}, 1);'],
	['source/transport/planted.ts', "import '../core/state.js';"],
	['source/transport/planted.ts', "import 'ws';"],
	['source/git/planted.ts', "import '../transport/identity.js';"],
	['source/git/planted.ts', "import {simpleGit} from 'simple-git';"],
	['source/workspace/planted.ts', "import '../git/store.js';"],
	['source/workspace/planted.ts', "import 'chokidar';"],
	['source/settings/planted.ts', "import '../core/state.js';"],
	['source/runtime/planted.ts', "import '../tui/theme.js';"],
	['source/runtime/exchange/planted.ts', "import '../../tui/theme.js';"],
	['source/runtime/planted.ts', "import 'ink';"],
	['source/runtime/planted.ts', "import 'node:tls';"],
	['source/tui/planted.ts', "import '../git/store.js';"],
	['source/tui/screens/planted.tsx', "import '../../transport/identity.js';"],
	['source/tui/planted.ts', "import 'node:fs';"],
	['source/headless/planted.ts', "import '../git/store.js';"],
	['source/headless/planted.ts', "import 'ink';"],
	['source/cli/planted.ts', "import Conf from 'conf';"],
	['source/cli/planted.ts', "import 'ink';"],
	['relay/planted.ts', "import '../source/core/state.js';"],
	['relay/planted.ts', "import '../source/transport/identity.js';"],
	['relay/planted.ts', "import 'ws';"],
	['source/transport/planted.ts', "throw new Failure('no_path', {message: 'no way there'});"],
	['source/transport/ice/planted.ts', 'throw new Failure("no_path", {message: `${name} is away`});'],
	['source/transport/planted.ts', "this.#lost('the end is near');"],
	['source/git/planted.ts', "throw hostileData('a tree that is too green');"],
	['source/git/planted.ts', "return bad('a commit without a smile');"],
	['source/git/planted.ts', 'throw gitFailed(args, `ended by ${signal} after all`);'],
	['source/runtime/exchange/planted.ts', "throw hostileData('an answer to nobody');"],
	['source/runtime/planted.ts', "throw new Failure('no_path', {details: {reason: 'it fell asleep'}});"],
	['source/runtime/project/planted.ts', 'const problem = {code, message: `${path} is odd`};'],
	['source/workspace/planted.ts', "throw new Failure('git_failed', {details: {message: 'git is out'}});"],
	['source/headless/planted.ts', 'export const line = `${name} is here`;'],
	['relay/main.ts', "io.stderr.write('The relay is tired.');"],
	['source/cli/format-answer.ts', 'export const line = `${count} files moved`;'],
];

for (const [file, code] of refused) {
	test(`${file} may not say ${code}`, async (t) => {
		t.true((await broken(file, code)).length > 0);
	});
}

const allowed: readonly (readonly [file: string, code: string])[] = [
	['source/protocol/planted.ts', "import 'zod'; import './ids.js';"],
	[
		'source/core/planted.ts',
		"import '../protocol/ids.js'; import './state.js'; import './reconcile/ancestry.js';",
	],
	['source/transport/relay-socket.ts', "import 'ws'; import '../protocol/ids.js';"],
	['source/settings/settings.ts', "import 'conf';"],
	['source/runtime/planted.ts', "import '../git/store.js'; import '../core/state.js'; import 'node:fs';"],
	['source/tui/planted.ts', "import '../core/state.js'; import 'ink';"],
	['source/cli/planted.ts', "import '../runtime/loop.js'; import '../tui/theme.js'; import 'pino';"],
	['relay/server.ts', "import 'ws'; import '../source/protocol/ids.js';"],
	['source/transport/planted.ts', "throw new Failure('no_path', {message: pathWords.notNeeded});"],
	['source/git/planted.ts', "throw hostileData(treeWords.tooDeep); throw new TypeError('not a tree');"],
	['source/git/store-words.ts', "export const treeWords = {tooDeep: 'a tree that is too deep'};"],
	['source/runtime/planted.ts', "this.#options.log({message: 'a fault at noon'}); log({reason: `${x}`});"],
	['source/runtime/exchange/exchange-words.ts', "export const unitWords = {missing: 'a unit is missing'};"],
	['source/headless/line-words.ts', 'export const joined = (name) => `${name} is here`;'],
	['source/transport/path-words.ts', "export const pathWords = {noAnswer: 'no answer'};"],
];

for (const [file, code] of allowed) {
	test(`${file} may say ${code}`, async (t) => {
		t.deepEqual(await broken(file, code), []);
	});
}
