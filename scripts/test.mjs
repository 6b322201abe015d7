/**
 * `npm test`: every check there is. Lint, format and unused code; then the tests, after them those in networks of their own,
 * and those that start whole programs one at a time; with the coverage floor. `--only-tests` leaves the first group out. What fails
 * beside others is run once more, alone: many tests are about time, and the machine may be busy. One that passes then is
 * named as unsteady. The last line counts the tests: `N passed, N failed`. Exit code 0 only if everything passed.
 */
import {spawn} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {root, runAva, sum, testFiles} from './ava-run.mjs';

const onlyTests = process.argv.includes('--only-tests');
const bin = (name) => path.join(root, 'node_modules', ...name.split('/'));
const eslint = bin('eslint/bin/eslint.js');
const prettier = bin('prettier/bin/prettier.cjs');
const knip = bin('knip/bin/knip.js');

/** More failing files than this are no matter of a busy machine. */
const secondRuns = 6;

const counts = {passed: 0, failed: 0, skipped: 0};
let broken = false;

function say(line) {
	process.stdout.write(`${line}\n`);
}

function seconds(since) {
	return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

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
	say(code === 0 ? `ok      ${name} (${seconds(startedAt)})` : `FAILED  ${name}\n${output}`);
}

/** c8 ends with the exit code of failed tests, so its floor is held against its summary once more. */
function isCovered(other) {
	const floors = JSON.parse(readFileSync(path.join(root, '.c8rc.json'), 'utf8'));
	return other.every((line) => {
		const found = /^(Statements|Lines|Branches|Functions) *: *([\d.]+)%/.exec(line);
		return !found || Number(found[2]) >= floors[found[1].toLowerCase()];
	});
}

/** Runs each file that failed once more, alone; its new results take the place of the old ones. */
async function runAgain(run) {
	const failed = [...run.byFile].filter(([, results]) => results.failed > 0).map(([file]) => file);
	if (run.silent || run.lost > 0 || failed.length === 0 || failed.length > secondRuns) return false;
	let passed = true;
	for (const file of failed) {
		say(`again   ${file}, alone`);
		const again = await runAva([file], {serial: true});
		run.byFile.set(file, again.byFile.get(file) ?? {passed: 0, failed: 1, skipped: 0});
		if (again.code === 0) say(`unsteady ${file}: failed beside others, passed alone`);
		else passed = false;
	}
	return passed;
}

/** Runs the tests of some folders of dist/test and adds their results to the counts. */
async function runTests(name, folders, options) {
	const files = testFiles(folders);
	if (files.length === 0) return;
	const startedAt = Date.now();
	const run = await runAva(files, options);
	if (run.silent) say(`FAILED  ${name}: nothing was heard for minutes; ended`);
	const covered = run.other.flatMap(
		(line) => /^(Lines|Branches|Functions) *: *[\d.]+%/.exec(line)?.[0] ?? [],
	);
	const {failed: failedFirst} = sum(run.byFile);
	if (run.code === 0 && covered.length > 0)
		say(`ok      coverage: ${covered.join(', ').replace(/ *:/g, '')}`);
	if (run.code !== 0) say(run.other.slice(-200).join('\n'));
	const passed = run.code === 0 || (failedFirst > 0 && isCovered(run.other) && (await runAgain(run)));
	const total = sum(run.byFile);
	counts.passed += total.passed;
	counts.failed += total.failed + run.lost;
	counts.skipped += total.skipped;
	if (!passed) broken = true;
	for (const reason of run.whySkipped) say(`skipped ${name}: ${reason}`);
	say(
		`${passed ? 'ok     ' : 'FAILED '} ${name}: ${total.passed} passed, ${total.failed + run.lost} failed (${seconds(startedAt)})`,
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
	folders.filter((name) => !whole.includes(name)),
	{coverage: !onlyTests},
);
// Most of their time is waiting for what networks do, so two can wait side by side.
await runTests('networks', ['network'], {concurrency: 2});
await runTests('whole programs', ['e2e'], {serial: true});
if (counts.passed === 0) broken = true;
if (broken && counts.failed === 0) say('A check failed; see above.');
process.exitCode = broken || counts.failed > 0 ? 1 : 0;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
say(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
