/**
 * Network namespaces for tests: whether this machine can have them, their names, and their end. A name holds the process
 * that made it (and its start, since numbers of processes come again), so whatever a killed run left behind is found and
 * removed by the next one, and runs side by side never touch each other.
 */
import {execFileSync} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import process from 'node:process';

const prefix = 'pulsync';
const folder = '/run/netns';
/** The system's own programs: under npm, PATH starts with a folder that has an unrelated `nft`. */
const systemPath = '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin';

/** Why this machine cannot have a network lab, in words; undefined when it can. */
export function whyNoLab(): string | undefined {
	if (process.platform !== 'linux') return 'network namespaces are there on Linux only';
	if (process.getuid?.() !== 0) return 'making network namespaces needs root';
	const missing = [
		['ip', 'iproute2'],
		['ss', 'iproute2'],
		['nft', 'nftables'],
		['turnserver', 'coturn'],
	].filter(([program]) => !isInstalled(program!));
	if (missing.length > 0) {
		const packages = [...new Set(missing.map(([, name]) => name))].join(', ');
		return `${missing.map(([program]) => program).join(', ')} not found; install ${packages}`;
	}
	const name = namespaceName('probe');
	try {
		run('ip', ['netns', 'add', name]);
		run('ip', ['-n', name, 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'other']);
		nft(name, 'table ip probe {\nchain out {\ntype nat hook postrouting priority 100\nmasquerade\n}\n}');
		return undefined;
	} catch (error) {
		const said = (error as Error).message.trim().split('\n').at(-1);
		return `this kernel or container does not let us make networks: ${said}`;
	} finally {
		removeNamespace(name);
	}
}

/** The name of a namespace of this process. */
export function namespaceName(name: string): string {
	return `${prefix}-${process.pid}-${startOf(process.pid)}-${name}`;
}

/** Ends what runs in a namespace and removes it; one that is gone already is fine. */
export function removeNamespace(name: string): void {
	try {
		for (const pid of processesIn(name)) process.kill(pid, 'SIGKILL');
	} catch {
		// Gone in the meantime, or never there.
	}
	try {
		run('ip', ['netns', 'del', name]);
	} catch {
		// Likewise.
	}
}

/** Removes namespaces whose maker is dead. */
export function sweepNamespaces(): void {
	for (const name of readNames()) {
		const match = new RegExp(`^${prefix}-(\\d+)-(\\d+)-`).exec(name);
		if (match && startOf(Number(match[1])) !== match[2]) removeNamespace(name);
	}
}

/** The processes of a namespace. */
export function processesIn(name: string): readonly number[] {
	return run('ip', ['netns', 'pids', name]).split('\n').filter(Boolean).map(Number);
}

/** Runs a program of the system to its end; throws what it said if it fails. */
export function run(program: string, args: readonly string[], input = ''): string {
	return execFileSync(program, args, {
		encoding: 'utf8',
		input,
		stdio: ['pipe', 'pipe', 'pipe'],
		env: {...process.env, PATH: systemPath},
	});
}

/** Several commands of `ip` in one namespace. */
export function ip(namespace: string, commands: readonly string[]): void {
	run('ip', ['-n', namespace, '-batch', '-'], commands.join('\n'));
}

/** A piece of an nftables ruleset, loaded into a namespace. */
export function nft(namespace: string, rules: string): void {
	run('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], rules);
}

function readNames(): readonly string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

/** When a process started, in the kernel's ticks; undefined if there is none. */
function startOf(pid: number): string | undefined {
	try {
		// The second field, the program's name, may hold spaces and brackets: count from its end.
		return /.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]?.split(' ')[19];
	} catch {
		return undefined;
	}
}

function isInstalled(program: string): boolean {
	try {
		run('sh', ['-c', `command -v ${program}`]);
		return true;
	} catch {
		return false;
	}
}
