/** A member of a session, as the relay knows it. */
import {type Account} from './account.js';
import {type SocketId} from './effect.js';

export type Member = {
	readonly socket: SocketId;
	readonly peerId: string;
	readonly publicKey: string;
	readonly name: string;
	readonly instance: string;
	/** When it entered, by the wall clock of its relay: of two places of one peer the newer counts. */
	readonly enteredAt: number;
	/** The other end of its socket is another relay, which tells its own members who is there. */
	readonly isRemote?: true;
	/** What its bytes are counted for beside the session: its connection and its address. */
	readonly accounts?: readonly Account[];
};
