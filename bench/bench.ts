/**
 * Speed side by side: ours and what a user would use instead, in turn in one run, on projects made from a seed.
 *
 *     npm run bench                       all scenarios; hours
 *     npm run bench -- --list
 *     npm run bench -- --only first-join-sample --runs 5
 *     npm run bench -- --only save        all whose names begin so
 *
 * `--json` prints one object a scenario; `--small` makes all projects tiny, to see that the benchmarks themselves work. Nothing is
 * installed: what is missing is named and left out.
 */
import {parseArgs} from 'node:util';
import {contest, type Row} from './contest.js';
import {Place} from './place.js';
import {type Size} from './projects.js';
import {formatRows} from './report.js';
import {firstJoins} from './scenarios/first-join.js';
import {costs} from './scenarios/idle.js';
import {meetings} from './scenarios/meet.js';
import {peers} from './scenarios/peers.js';
import {saves} from './scenarios/save.js';
import {type Scenario} from './scenarios/scenario.js';

const scenarios: readonly Scenario[] = [...firstJoins, ...saves, ...meetings, ...peers, ...costs];

const usage = `npm run bench -- [--only NAME]… [--runs 1-100] [--small] [--json] [--list]
--only takes all whose names begin so. Scenarios: ${scenarios.map(({name}) => name).join(', ')}
`;

const values = readFlags();

/** What was asked for; ends the program with the usage where that is not clear. */
function readFlags() {
	try {
		const {values: given} = parseArgs({
			options: {
				only: {type: 'string', multiple: true},
				runs: {type: 'string'},
				json: {type: 'boolean', default: false},
				small: {type: 'boolean', default: false},
				list: {type: 'boolean', default: false},
				help: {type: 'boolean', short: 'h', default: false},
			},
		});
		if (given.help) {
			process.stdout.write(usage);
			process.exit();
		}
		if (given.runs !== undefined && !/^([1-9]\d?|100)$/.test(given.runs))
			throw new Error(`--runs takes a number from 1 to 100, not ${given.runs}.`);
		return given;
	} catch (error) {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
		process.exit(2);
	}
}

async function measure(scenario: Scenario, size: Size, runs: number): Promise<Row[]> {
	const place = new Place();
	try {
		return await contest(scenario.contenders(place, size), {
			runs,
			warmUp: size === 'full' && (scenario.runs ?? runs) > 3,
			onRun: (name, figures) => process.stderr.write(`  ${name}: ${JSON.stringify(figures)}\n`),
		});
	} finally {
		await place.end();
	}
}

const wanted = scenarios.filter(
	({name}) => !values.only || values.only.some((start) => name.startsWith(start)),
);
if (wanted.length === 0) {
	process.stderr.write(`No scenario has that name.\n${usage}`);
	process.exitCode = 2;
}
for (const scenario of wanted) {
	if (values.list) {
		process.stdout.write(`${scenario.name.padEnd(24)}${scenario.title}\n`);
		continue;
	}
	const size = values.small ? 'small' : 'full';
	const runs = values.runs === undefined ? (values.small ? 1 : (scenario.runs ?? 5)) : Number(values.runs);
	const rows = await measure(scenario, size, runs);
	const {name, title} = scenario;
	process.stdout.write(
		values.json ? `${JSON.stringify({name, title, runs, rows})}\n` : formatRows(title, runs, rows),
	);
}
