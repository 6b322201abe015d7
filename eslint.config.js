// Lint, and the layer rules of ARCHITECTURE.md: who may import whom.
// In a flat config a later block replaces a rule's options, so each folder is matched by exactly one block
// of layer rules.
import js from '@eslint/js';
import {defineConfig} from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Libraries that one file alone may import: its "door". */
const doors = {
	ws: ['source/transport/relay-socket.ts', 'relay/server.ts'],
	'prom-client': ['relay/metrics.ts'],
	'simple-git': ['source/git/user-repository.ts'],
	chokidar: ['source/workspace/watcher.ts'],
	conf: ['source/settings/settings.ts'],
	'node:tls': ['source/transport/secure-channel.ts'],
	'@nats-io/transport-node': ['relay/cluster/nats-bus.ts'],
	'node-datachannel': ['source/transport/ice/ice-child.ts'],
	'bonjour-service': ['source/transport/lan/lan-discovery.ts'],
};
const screenLibraries = ['ink', 'react', '@inkjs/ui', 'uqr'];
const layers = ['transport', 'git', 'workspace', 'settings', 'runtime', 'tui', 'core'];

/** One block of layer rules. `not` lists folders under source/ (or 'relay') and packages that may not be imported. */
function layer(folder, {not = [], packages = [], message}) {
	const own = Object.entries(doors)
		.filter(([, files]) => !files.some((file) => file === folder))
		.map(([name]) => name);
	const group = [
		...not.flatMap((name) => [`**/${name}/*`, `../${name}/*`, `../../${name}/*`]),
		...packages.flatMap((name) => [name, `${name}/*`]),
	];
	return {
		'no-restricted-imports': [
			'error',
			{
				paths: own.map((name) => ({
					name,
					message: `Only ${doors[name].join(' and ')} may import ${name}.`,
					allowTypeImports: false,
				})),
				patterns:
					group.length > 0
						? [{group, message: message ?? `${folder} may not know this (see ARCHITECTURE.md).`}]
						: [],
			},
		],
	};
}

const rules = {
	'source/protocol': {
		not: [...layers, 'relay'],
		packages: ['node:*', ...screenLibraries, 'ws', 'pino', 'meow'],
		message: 'protocol is pure: it may import itself and the schema library only.',
	},
	'source/core': {
		not: layers.filter((name) => name !== 'core').concat('relay'),
		packages: ['node:*', ...screenLibraries, 'zod', 'ws', 'pino', 'meow'],
		message: 'core is pure: it may import protocol only.',
	},
	'source/transport': {
		not: layers.filter((name) => name !== 'transport').concat('relay'),
		packages: screenLibraries,
	},
	'source/git': {not: layers.filter((name) => name !== 'git').concat('relay'), packages: screenLibraries},
	'source/workspace': {
		not: layers.filter((name) => name !== 'workspace').concat('relay'),
		packages: screenLibraries,
	},
	'source/settings': {
		not: layers.filter((name) => name !== 'settings').concat('relay'),
		packages: screenLibraries,
	},
	'source/runtime': {not: ['tui'], packages: screenLibraries},
	'source/tui': {
		not: ['transport', 'git', 'workspace', 'settings', 'relay'],
		packages: ['node:fs', 'node:net', 'node:child_process'],
	},
	'source/headless': {
		not: ['transport', 'git', 'workspace', 'settings', 'runtime', 'tui', 'relay'],
		packages: screenLibraries,
	},
	'source/cli': {packages: screenLibraries},
	relay: {not: [...layers], packages: screenLibraries},
};

/** Words for people stand in one file a layer, so that they can be read, compared and changed as one. */
const twoWords = '/[a-zA-Z] [a-zA-Z]/';
const wordsMessage = 'Words for people stand in the texts file of their layer (see ARCHITECTURE.md).';
const reasonWords = [
	`Property[key.name=/^(message|reason)$/] > Literal[value=${twoWords}]`,
	`Property[key.name=/^(message|reason)$/] > TemplateLiteral`,
	`CallExpression[callee.property.name=/^(kill|lost|fail|failed|close|refuse|push)$/] > Literal[value=${twoWords}]`,
].map((selector) => ({selector, message: wordsMessage}));
const anyWords = [
	`Literal[value=${twoWords}]:not(ImportDeclaration > Literal)`,
	`TemplateElement[value.raw=${twoWords}]`,
].map((selector) => ({selector, message: wordsMessage}));

/** What a bug of ours says stands where it is thrown: it is for whoever mends it. */
const wordsBesideBugs = anyWords.map(({selector, message}) => ({
	selector: `${selector}:not(NewExpression[callee.name=/Error$/] *)`,
	message,
}));

/** The log has lines of its own, for whoever looks for a fault. */
const reasonsBesideLog = reasonWords.map(({selector, message}) => ({
	selector: `${selector}:not(CallExpression[callee.name='log'] *, CallExpression[callee.property.name='log'] *)`,
	message,
}));

const doorFiles = [...new Set(Object.values(doors).flat())];
const folderOf = (file) => Object.keys(rules).find((folder) => file.startsWith(`${folder}/`));

export default defineConfig(
	{ignores: ['dist', 'coverage', 'node_modules', 'fixtures']},
	js.configs.recommended,
	...tseslint.configs.recommendedTypeChecked.map((config) => ({...config, files: ['**/*.ts', '**/*.tsx']})),
	{
		files: ['**/*.ts', '**/*.tsx'],
		languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
		rules: {
			'@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
			'@typescript-eslint/consistent-type-imports': ['error', {fixStyle: 'inline-type-imports'}],
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_', ignoreRestSiblings: true}],
			'@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
			'@typescript-eslint/prefer-promise-reject-errors': 'error',
			'@typescript-eslint/require-await': 'off', // an adapter may promise what today's body does not need
			'@typescript-eslint/return-await': ['error', 'in-try-catch'],
			'no-console': 'error',
			eqeqeq: 'error',
			'prefer-const': 'error',
			'no-control-regex': 'off', // names and bytes from outside are checked for control characters
		},
	},
	...Object.entries(rules).map(([folder, options]) => ({
		files: [`${folder}/**/*.ts`, `${folder}/**/*.tsx`],
		ignores: doorFiles,
		rules: layer(folder, options),
	})),
	...doorFiles.map((file) => ({files: [file], rules: layer(file, rules[folderOf(file)])})),
	{
		files: ['source/transport/**/*.ts'],
		rules: {'no-restricted-syntax': ['error', ...reasonWords]},
	},
	{
		files: ['source/runtime/**/*.ts', 'source/workspace/**/*.ts'],
		rules: {'no-restricted-syntax': ['error', ...reasonsBesideLog]},
	},
	{
		files: ['source/git/**/*.ts', 'source/runtime/exchange/**/*.ts'],
		ignores: ['**/*-words.ts'],
		rules: {'no-restricted-syntax': ['error', ...wordsBesideBugs]},
	},
	{
		files: ['relay/main.ts', 'source/cli/format-answer.ts', 'source/headless/**/*.ts'],
		ignores: ['source/headless/line-words.ts'],
		rules: {'no-restricted-syntax': ['error', ...anyWords]},
	},
	{
		files: ['source/core/**/*.ts'],
		rules: {
			'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'process', 'Buffer'],
			'no-restricted-properties': [
				'error',
				{object: 'Date', property: 'now', message: 'Time enters core on events.'},
				{object: 'Math', property: 'random', message: 'Randomness enters core on events.'},
			],
		},
	},
	{
		files: ['scripts/**', 'bench/**', 'test/**', 'eslint.config.js'],
		languageOptions: {
			globals: {
				process: 'readonly',
				console: 'readonly',
				URL: 'readonly',
				setTimeout: 'readonly',
				clearTimeout: 'readonly',
			},
		},
		rules: {
			'no-console': 'off',
		},
	},
	{
		files: ['bench/**/*.ts', 'test/**/*.ts', 'test/**/*.tsx'],
		rules: {
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
		},
	},
);
