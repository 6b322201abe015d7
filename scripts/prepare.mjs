/**
 * Brings a fresh or changed clone to where the program can be started: packages installed as package-lock.json says,
 * dist/ built. Quiet, and quick where nothing is to be done; what fails is shown and ends with its exit code.
 */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const compiledFolders = ['source', 'relay', 'test', 'bench'];
const stampFile = path.join(root, 'dist', '.built');

/** Runs one program; its output is shown only when it fails. */
function run(what, command, args) {
	const child = spawnSync(command, args, {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'pipe'],
		maxBuffer: 64 * 1024 * 1024,
	});
	if (child.status === 0) return;
	process.stderr.write(
		`${child.stdout ?? ''}${child.stderr ?? ''}${child.error ? `${child.error.message}\n` : ''}`,
	);
	process.stderr.write(`${what} failed; see above.\n`);
	process.exit(child.status || 1);
}

function readJson(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return undefined;
	}
}

/**
 * True when node_modules holds each package of the lock file in its version. Compared by content, since a checkout
 * gives the lock file a new time without changing it. Optional packages may be missing: they are for other machines.
 */
function isInstalled() {
	const wanted = readJson(path.join(root, 'package-lock.json'))?.packages;
	const present = readJson(path.join(root, 'node_modules', '.package-lock.json'))?.packages;
	if (!wanted || !present) return false;
	return Object.entries(wanted).every(
		([name, entry]) => name === '' || entry.optional === true || present[name]?.version === entry.version,
	);
}

function* sourceFiles(folder) {
	if (!existsSync(folder)) return;
	for (const entry of readdirSync(folder, {withFileTypes: true}).sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory()) yield* sourceFiles(file);
		else if (/\.tsx?$/.test(entry.name)) yield file;
	}
}

/** What dist/ was or would be built from: names, sizes and times, and the settings that decide the output. */
function fingerprint(files) {
	const hash = createHash('sha256');
	for (const name of ['tsconfig.json', 'package-lock.json', 'scripts/bundle.mjs'])
		hash.update(readFileSync(path.join(root, name)));
	for (const file of files) {
		const {size, mtimeMs} = statSync(file);
		hash.update(`${file}\0${size}\0${mtimeMs}\n`);
	}
	return hash.digest('hex');
}

/** Removes compiled files whose source is gone, or a deleted test would run for ever. */
function removeOrphans(files) {
	const kept = new Set(files.map((file) => path.relative(root, file).replace(/\.tsx?$/, '')));
	const visit = (folder) => {
		if (!existsSync(folder)) return;
		for (const entry of readdirSync(folder, {withFileTypes: true})) {
			const file = path.join(folder, entry.name);
			if (entry.isDirectory()) visit(file);
			else if (!kept.has(path.relative(path.join(root, 'dist'), file).replace(/\.js(\.map)?$/, '')))
				rmSync(file);
		}
	};
	for (const folder of compiledFolders) visit(path.join(root, 'dist', folder));
}

/** Installs and builds what is out of date. */
export async function prepare() {
	const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
	if (major < 20 || (major === 20 && minor < 19)) {
		process.stderr.write(
			`pulsync-tui needs Node 20.19 or newer; this is ${process.version}. Install a newer Node.\n`,
		);
		process.exit(1);
	}
	if (!isInstalled()) {
		// Dev packages hold the compiler, so they are needed whatever NODE_ENV says.
		run('npm ci', process.platform === 'win32' ? 'npm.cmd' : 'npm', [
			'ci',
			'--include=dev',
			'--no-audit',
			'--no-fund',
		]);
	}
	const files = compiledFolders.flatMap((folder) => [...sourceFiles(path.join(root, folder))]);
	const current = fingerprint(files);
	const program = path.join(root, 'dist', 'program', 'cli.js');
	if (existsSync(program) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === current) return;
	rmSync(stampFile, {force: true});
	mkdirSync(path.dirname(stampFile), {recursive: true});
	removeOrphans(files);
	run('The build', process.execPath, [
		path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
		'-p',
		root,
	]);
	await bundleProgram();
	chmodSync(program, 0o755);
	await writeManPage();
	writeFileSync(stampFile, current);
}

/** Loaded late, since it needs a package that the installation brings. */
async function bundleProgram() {
	const {bundle} = await import('./bundle.mjs');
	try {
		await bundle(root);
	} catch (error) {
		process.stderr.write(`${error.message}\nThe build failed; see above.\n`);
		process.exit(1);
	}
}

/** The man page is drawn from the same tables as `--help`, so it is made of what was just built. */
async function writeManPage() {
	const {formatManPage} = await import('../dist/source/cli/man-page.js');
	const {version} = readJson(path.join(root, 'package.json'));
	mkdirSync(path.join(root, 'dist', 'man'), {recursive: true});
	const page = formatManPage({version, date: new Date().toISOString().slice(0, 10)});
	writeFileSync(path.join(root, 'dist', 'man', 'pulsync-tui.1'), page);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await prepare();
