import {type Contender} from '../contest.js';
import {isInstalled, type Place} from '../place.js';
import {type Size} from '../projects.js';

/** One thing that is measured: ours first, the others after it. */
export type Scenario = {
	readonly name: string;
	readonly title: string;
	/** How many counted runs, if not what was asked for: what takes minutes is run less often. */
	readonly runs?: number;
	readonly contenders: (place: Place, size: Size) => Contender[];
};

/** Those whose programs are here. `missing` is told of the others. */
export function present<Tool extends {readonly needs: readonly string[]; readonly name: string}>(
	tools: readonly Tool[],
	missing: (tool: string, program: string) => void = sayMissing,
): Tool[] {
	return tools.filter(({name, needs}) => {
		const lacking = needs.find((program) => !isInstalled(program));
		if (lacking) missing(name, lacking);
		return !lacking;
	});
}

function sayMissing(tool: string, program: string): void {
	process.stderr.write(`${tool} is left out: ${program} is not installed here\n`);
}
