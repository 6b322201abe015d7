import {type Event} from '../core/event.js';
import {type Loop} from './loop.js';

/** Keeps the events that come before there is a loop. */
export class EventGate {
	#loop: Loop | undefined;
	readonly #early: Event[] = [];

	readonly dispatch = (event: Event): void => {
		if (this.#loop) this.#loop.dispatch(event);
		else this.#early.push(event);
	};

	/** From now on events reach the loop: first those of `begin`, then what came early. */
	open(loop: Loop, begin: () => void): void {
		this.#loop = loop;
		begin();
		for (const event of this.#early.splice(0)) loop.dispatch(event);
	}
}
