/**
 * Puts the program into few files: dist/program, which is what is started and published.
 *
 * Node takes about half a millisecond for each module that it finds, reads and links, and a session with its screen has over a
 * thousand of them, most in libraries whose larger part is never called. Tests of single modules, which need those as
 * modules, run on what tsc made in dist/source.
 *
 * What is loaded later by `import()` stays a file of its own, so a command still loads only what it needs. The first file,
 * with all that answers at once, is a script and no module: to begin with modules takes Node a tenth of the time of `--help`.
 * Sessions and relays begin with modules of their own, which share nothing with it but the words of the command line.
 */
import {renameSync, rmSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {build} from 'esbuild';

/** Not taken in: native code, what starts workers from files of its own, and what is there only where it was wanted. */
const apart = [
	'node-datachannel',
	'bufferutil',
	'utf-8-validate',
	'pino',
	'@nats-io/transport-node',
	'react-devtools-core',
];

/**
 * Lets string-width make its pattern of all emoji when it first meets a character that could be one: as a pattern in the
 * source it is made while the module is loaded, and takes a third of the time until the first picture.
 */
const emojiPatternWhenNeeded = {
	name: 'emoji-pattern-when-needed',
	setup({onLoad}) {
		onLoad({filter: /string-width\/index\.js$/}, async ({path: file}) => ({
			contents: (await readFile(file, 'utf8')).replace(
				/^const rgiEmojiRegex = (.*);$/m,
				'let emoji;\nconst rgiEmojiRegex = {test: (text) => (emoji ??= $1).test(text)};',
			),
		}));
	},
};

/**
 * Lets Yoga, which lays the screen out, decode its own code. It would have `fetch` do that where there is one, and Node loads
 * its whole HTTP client for the first call.
 */
const yogaWithoutFetch = {
	name: 'yoga-without-fetch',
	setup({onLoad}) {
		onLoad({filter: /yoga-wasm-base64-esm\.js$/}, async ({path: file}) => ({
			contents: `const fetch = undefined;\n${await readFile(file, 'utf8')}`,
		}));
	},
};

/** The parts that need more than an answer does; their paths in source/cli without the ending. They share no classes with the script. */
const programs = ['session-program', 'relay-program', 'leave-program'];

/** Leaves these parts to the modules that they are. */
const programsApart = {
	name: 'programs-apart',
	setup({onResolve}) {
		onResolve({filter: new RegExp(`/(${programs.join('|')})\\.js$`)}, ({kind, path: name}) =>
			kind === 'dynamic-import' ? {path: `./parts/${path.basename(name)}`, external: true} : undefined,
		);
	},
};

/** Bundles the sources below `root`; throws what esbuild finds wrong with them. */
export async function bundle(root) {
	const program = path.join(root, 'dist', 'program');
	const outdir = `${program}.new`;
	rmSync(outdir, {recursive: true, force: true});
	const common = {
		absWorkingDir: root,
		outdir,
		bundle: true,
		platform: 'node',
		target: 'node20.19',
		// Names and lines stay, so that what a fault leaves can be read; a smaller text would load no faster.
		minify: false,
		sourcemap: true,
		external: apart,
		logLevel: 'silent',
	};
	await build({
		...common,
		entryPoints: [{in: 'source/cli.ts', out: 'cli'}],
		format: 'cjs',
		// An old Node has to read it, to say that it is too old.
		target: 'node14.18',
		plugins: [programsApart],
		// As deep as the modules are in dist/source/*: what is found by its place beside them is found from here as well.
		define: {'import.meta.url': 'besideParts'},
		banner: {
			js: "'use strict';\nconst besideParts = require('node:url').pathToFileURL(`${__dirname}/parts/cli.js`).href;",
		},
	});
	await build({
		...common,
		entryPoints: [
			...programs.map((name) => ({in: `source/cli/${name}.ts`, out: `parts/${name}`})),
			// Started as a process, by its path beside the part that starts it.
			{in: 'source/transport/ice/ice-child.ts', out: 'parts/ice-child'},
		],
		// As deep as the modules are, here too.
		chunkNames: 'parts/[name]-[hash]',
		splitting: true,
		format: 'esm',
		// React's development build is large, slow, and remembers each drawing for ever.
		define: {'process.env.NODE_ENV': '"production"'},
		plugins: [emojiPatternWhenNeeded, yogaWithoutFetch],
		// Libraries that are CommonJS ask for Node's own modules with `require`, which a module does not have.
		banner: {
			js: "import {createRequire as requireBeside} from 'node:module';\nconst require = requireBeside(import.meta.url);",
		},
	});
	for (const [folder, type] of [
		[outdir, 'commonjs'],
		[path.join(outdir, 'parts'), 'module'],
	])
		writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify({type})}\n`);
	// At once, so that nobody who starts it meanwhile finds half of it.
	rmSync(program, {recursive: true, force: true});
	renameSync(outdir, program);
}
