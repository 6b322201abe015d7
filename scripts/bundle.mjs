/**
 * Puts the program into few files: dist/program, which is what is started and published.
 *
 * Node takes about half a millisecond for each module that it finds, reads and links, and a session with its screen has over a
 * thousand of them, most in libraries whose larger part is never called. Tests of single modules, which need those as
 * modules, run on what tsc made in dist/source.
 *
 * What is loaded later by `import()` stays a file of its own, so a command still loads only what it needs.
 */
import {renameSync, rmSync} from 'node:fs';
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

/** Bundles the sources below `root`; throws what esbuild finds wrong with them. */
export async function bundle(root) {
	const program = path.join(root, 'dist', 'program');
	const outdir = `${program}.new`;
	rmSync(outdir, {recursive: true, force: true});
	await build({
		absWorkingDir: root,
		entryPoints: [
			{in: 'source/cli.ts', out: 'cli'},
			// Started as a process, by its path beside the part that starts it.
			{in: 'source/transport/ice/ice-child.ts', out: 'parts/ice-child'},
		],
		outdir,
		// As deep as the modules are in dist/source/*: what is found by its place beside them is found from here as well.
		chunkNames: 'parts/[name]-[hash]',
		bundle: true,
		splitting: true,
		format: 'esm',
		platform: 'node',
		target: 'node20.19',
		// Names and lines stay, so that what a fault leaves can be read; a smaller text would load no faster.
		minify: false,
		sourcemap: true,
		// React's development build is large, slow, and remembers each drawing for ever.
		define: {'process.env.NODE_ENV': '"production"'},
		external: apart,
		plugins: [emojiPatternWhenNeeded, yogaWithoutFetch],
		// Libraries that are CommonJS ask for Node's own modules with `require`, which a module does not have.
		banner: {
			js: "import {createRequire as requireBeside} from 'node:module';\nconst require = requireBeside(import.meta.url);",
		},
		logLevel: 'silent',
	});
	// At once, so that nobody who starts it meanwhile finds half of it.
	rmSync(program, {recursive: true, force: true});
	renameSync(outdir, program);
}
