/** One run of AVA: its TAP output read line by line, its failures shown in full, its results counted by file. */
import {spawn} from 'node:child_process';
import {readdirSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const ava = path.join(root, 'node_modules/ava/entrypoints/cli.mjs');
const c8 = path.join(root, 'node_modules/c8/bin/c8.js');

/** No test is silent for longer; a file that does not end would hold up everything for ever. */
const silenceMs = 8 * 60_000;

/** The test files below some folders of dist/test, relative to the project. */
export function testFiles(folders) {
	return folders.flatMap((folder) =>
		readdirSync(path.join(root, 'dist/test', folder), {recursive: true})
			.filter((name) => name.endsWith('.test.js'))
			.map((name) => path.join('dist/test', folder, name)),
	);
}

/**
 * The file that a line of TAP is about. AVA puts a file's path before each title, less what all files of the run have in
 * common, and names the file itself where a process of tests ended badly.
 */
function fileOf(title, files) {
	const named = /[\w./-]+\.test\.js/.exec(title)?.[0];
	if (named) return files.find((file) => file === named || file.endsWith(`/${named}`));
	const words = title.split(' › ');
	for (let length = words.length - 1; length > 0; length--) {
		const end = `/${words.slice(0, length).join('/')}.test.js`;
		const found = files.filter((file) => file.endsWith(end));
		if (found.length === 1) return found[0];
	}
	return files.length === 1 ? files[0] : undefined;
}

/**
 * Runs AVA on these files. Gives its exit code; results by file: how many passed, failed, were skipped; `lost`, how many
 * failures belong to no file that could be told; why tests were skipped; and what came beside TAP.
 */
export async function runAva(files, {coverage = false, serial = false, concurrency = 0} = {}) {
	const args = [ava, '--tap', ...files];
	if (serial) args.push('--serial', '--concurrency=1');
	if (concurrency > 0) args.push(`--concurrency=${concurrency}`);
	const child = spawn(process.execPath, coverage ? [c8, process.execPath, ...args] : args, {
		cwd: root,
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const closed = new Promise((resolve) => child.on('close', resolve));
	const byFile = new Map();
	const run = {byFile, lost: 0, whySkipped: new Set(), other: [], silent: false};
	const count = (title, what) => {
		const file = fileOf(title, files);
		if (!file) {
			if (what === 'failed') run.lost++;
			return;
		}
		const results = byFile.get(file) ?? {passed: 0, failed: 0, skipped: 0};
		results[what]++;
		byFile.set(file, results);
	};
	const stopSilent = () => {
		run.silent = true;
		child.kill();
	};
	let watch = setTimeout(stopSilent, silenceMs);
	let detail = false;
	for await (const line of createInterface({input: child.stdout})) {
		clearTimeout(watch);
		watch = setTimeout(stopSilent, silenceMs);
		const result = /^(not )?ok \d*\s*-?\s*(.*)$/.exec(line);
		if (result) {
			const [, not, title] = result;
			const skipped = /# (SKIP|TODO)/.test(title);
			detail = Boolean(not) && !skipped;
			count(title.replace(/ *# (SKIP|TODO).*$/, ''), skipped ? 'skipped' : not ? 'failed' : 'passed');
			// Those of the network lab say in their titles what is missing here.
			const reason = skipped && /\(([^()]+)\) *# SKIP/.exec(title)?.[1];
			if (reason) run.whySkipped.add(reason);
			if (detail) process.stdout.write(`FAILED  ${title}\n`);
		} else if (/^(TAP version|1\.\.\d|# (tests|pass|fail|skip|todo))/.test(line)) detail = false;
		else if (detail) process.stdout.write(`${line}\n`);
		// c8's summary comes after the tests; comments of TAP are of no use to a reader.
		else if (line !== '' && !line.startsWith('#')) run.other.push(line);
	}
	clearTimeout(watch);
	return {...run, code: await closed};
}

/** The numbers of all files together. */
export function sum(byFile) {
	const total = {passed: 0, failed: 0, skipped: 0};
	for (const results of byFile.values()) for (const what of Object.keys(total)) total[what] += results[what];
	return total;
}
