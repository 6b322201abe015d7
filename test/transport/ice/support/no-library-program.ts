/** The child on a machine that its library has nothing for. */
import {register} from 'node:module';

const hook = `export async function resolve(name, context, next) {
	if (name === 'node-datachannel') throw new Error('no such module');
	return next(name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
await import('../../../../source/transport/ice/ice-child.js');
