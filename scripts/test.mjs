/**
 * `npm test`: every check there is. Lint, format and unused code; then the tests, after them those in networks of their own,
 * and those that start whole programs one at a time; then the coverage floor. `--only-tests` leaves the first group out. The last line counts
 * the tests: `N passed, N failed`. Exit code 0 only if everything passed.
 */
import {spawn} from 'node:child_process';
import {readdirSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const onlyTests = process.argv.includes('--only-tests');
const bin = (name) => path.join(root, 'node_modules', ...name.split('/'));
const eslint = bin('eslint/bin/eslint.js');
const prettier = bin('prettier/bin/prettier.cjs');
const knip = bin('knip/bin/knip.js');
const c8 = bin('c8/bin/c8.js');
const ava = bin('ava/entrypoints/cli.mjs');

const counts = {passed: 0, failed: 0, skipped: 0};
let broken = false;

function seconds(since) {
	return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** No test is silent for longer; a file that does not end would hold up everything for ever. */
const silenceMs = 8 * 60_000;

/** Runs one check; its output is shown only when it fails. */
async function check(name, args) {
	const startedAt = Date.now();
	const child = spawn(process.execPath, args, {cwd: root, stdio: ['ignore', 'pipe', 'pipe']});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text) => {
			output += text;
		});
	}
	const code = await new Promise((resolve) => child.on('close', resolve));
	if (code !== 0) broken = true;
	process.stdout.write(
		code === 0 ? `ok      ${name} (${seconds(startedAt)})\n` : `FAILED  ${name}\n${output}\n`,
	);
}

/** Runs AVA on some folders of dist/test and counts what its TAP output says; failures are shown in full. */
async function runTests(name, folders, {coverage = false, serial = false, concurrency = 0}) {
	if (folders.length === 0) return;
	const startedAt = Date.now();
	const before = {...counts};
	const args = [ava, '--tap', ...folders];
	if (serial) args.push('--serial', '--concurrency=1');
	if (concurrency > 0) args.push(`--concurrency=${concurrency}`);
	const child = spawn(process.execPath, coverage ? [c8, process.execPath, ...args] : args, {
		cwd: root,
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let detail = false;
	const other = [];
	const whySkipped = new Set();
	const stopSilent = () => {
		process.stdout.write(`FAILED  ${name}: nothing was heard for ${silenceMs / 60_000} minutes; ended\n`);
		broken = true;
		child.kill();
	};
	let watch = setTimeout(stopSilent, silenceMs);
	for await (const line of createInterface({input: child.stdout})) {
		clearTimeout(watch);
		watch = setTimeout(stopSilent, silenceMs);
		const result = /^(not )?ok \d*\s*-?\s*(.*)$/.exec(line);
		if (result) {
			const [, not, title] = result;
			const skipped = /# (SKIP|TODO)/.test(title);
			detail = Boolean(not) && !skipped;
			counts[skipped ? 'skipped' : not ? 'failed' : 'passed']++;
			// Those of the network lab say in their titles what is missing here.
			const reason = skipped && /\(([^()]+)\) *# SKIP/.exec(title)?.[1];
			if (reason) whySkipped.add(reason);
			if (detail) process.stdout.write(`FAILED  ${title}\n`);
		} else if (/^(TAP version|1\.\.\d|# (tests|pass|fail|skip|todo))/.test(line)) detail = false;
		else if (detail) process.stdout.write(`${line}\n`);
		// c8's summary comes after the tests; comments of TAP are of no use to a reader.
		else if (line !== '' && !line.startsWith('#')) other.push(line);
	}
	clearTimeout(watch);
	const code = child.exitCode ?? (await new Promise((resolve) => child.on('close', resolve)));
	if (code !== 0) broken = true;
	const failed = counts.failed - before.failed;
	const covered = other.flatMap((line) => /^(Lines|Branches|Functions) *: *[\d.]+%/.exec(line)?.[0] ?? []);
	if (code === 0 && covered.length > 0)
		process.stdout.write(`ok      coverage: ${covered.join(', ').replace(/ *:/g, '')}\n`);
	if (code !== 0) process.stdout.write(`${other.slice(-200).join('\n')}\n`);
	for (const reason of whySkipped) process.stdout.write(`skipped ${name}: ${reason}\n`);
	process.stdout.write(
		`${code === 0 ? 'ok     ' : 'FAILED '} ${name}: ${counts.passed - before.passed} passed, ${failed} failed (${seconds(startedAt)})\n`,
	);
}

if (!onlyTests) {
	// The type-aware lint is the long one; the two others fit beside it on a second core.
	await Promise.all([
		check('eslint', [eslint, '--max-warnings=0', '.']),
		check('prettier', [prettier, '--check', '.']).then(() => check('knip', [knip])),
	]);
}
const folders = readdirSync(path.join(root, 'dist', 'test'), {withFileTypes: true})
	.filter((entry) => entry.isDirectory() && entry.name !== 'helpers')
	.map((entry) => entry.name);
const whole = ['e2e', 'network'];
await runTests(
	'tests',
	folders.filter((name) => !whole.includes(name)).map((name) => `dist/test/${name}/**`),
	{coverage: !onlyTests},
);
// Most of their time is waiting for what networks do, so two can wait side by side.
await runTests('networks', ['dist/test/network/**'], {concurrency: 2});
await runTests('whole programs', ['dist/test/e2e/**'], {serial: true});
if (counts.passed === 0) broken = true;
if (broken && counts.failed === 0) process.stdout.write('A check failed; see above.\n');
process.exitCode = broken || counts.failed > 0 ? 1 : 0;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
