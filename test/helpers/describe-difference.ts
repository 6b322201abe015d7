/** What peers and their stores say about files that are different though they should not be. */
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {compareTrees} from './compare-trees.js';
import {type PeerProcess} from './peer-process.js';

/** What is needed to understand a difference that a random moment brought about and that will not come again by itself. */
export async function describeDifference(
	both: readonly [PeerProcess, PeerProcess],
	head: string,
	differing: readonly string[],
): Promise<string> {
	const lines: string[] = [];
	const store = ({folder}: PeerProcess) => path.join(folder, '.pulsync/repo.git');
	const run = (command: string, args: readonly string[]) => {
		const {stdout, stderr} = spawnSync(command, args, {encoding: 'utf8'});
		return `${stdout}${stderr}`
			.trimEnd()
			.split('\n')
			.map((line) => `    ${line}`);
	};
	for (const peer of both) {
		lines.push(`${peer.folder}: ${JSON.stringify(await peer.status())}`);
		lines.push(...peer.events.slice(-25).map((event) => `  ${JSON.stringify(event).slice(0, 400)}`));
		for (const line of differing.slice(0, 4)) {
			const file = JSON.parse(line.slice(0, line.indexOf('": ') + 1)) as string;
			lines.push(`  ${line}`);
			lines.push(
				...run('git', ['hash-object', path.join(peer.folder, file)]),
				...run('git', ['--git-dir', store(peer), 'ls-tree', head, '--', file]),
				...run('git', ['--git-dir', store(peer), 'log', '-4', '--format=%h %cn %cd %s', head, '--', file]),
			);
		}
		lines.push('the records of the head:');
		lines.push(...run('git', ['--git-dir', store(peer), 'ls-tree', '-r', head, '--', '.pulsync']));
		lines.push(...run('git', ['--git-dir', store(peer), 'log', '-6', '--format=%h %p %cn %cd %s', head]));
	}
	await new Promise((resolve) => setTimeout(resolve, 4000));
	lines.push(`4 s later: ${JSON.stringify(compareTrees(both[0].folder, both[1].folder))}`);
	for (const peer of both) lines.push(`${peer.folder}: ${JSON.stringify(await peer.status())}`);
	return lines.join('\n');
}
