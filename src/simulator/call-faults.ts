import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import type { Fault, Operation } from './faults.ts';
import type { World } from './world.ts';

/** What the simulator's routes share: Node's request and answer, the body's text, the fault that a move of money carries out itself. */
export type SimulatorEnv = {
  Bindings: HttpBindings;
  Variables: {
    body: string;
    bookingFault: Extract<Fault, { fault: 'pendingThen' | 'lateCommit' | 'duplicate' }> | undefined;
  };
};

/**
 * Lets a call of this operation suffer the fault that waits for it. What `next` does is "done"; the faults that are about when and how
 * often money is booked are handed to it as `bookingFault`. That the client left is never looked at.
 */
export function suffersFaults(world: World, operation: Operation): MiddlewareHandler<SimulatorEnv> {
  return async (c, next) => {
    const fault = world.takeFault(operation);
    switch (fault?.fault) {
      case undefined:
        return next();
      case 'dropBefore':
        return cut(c);
      case 'status':
        return answer(fault.status, fault.body);
      case 'dropAfter':
        await next();
        return cut(c);
      case 'truncate':
        await next();
        return truncate(c);
      case 'delay':
        await world.clock.sleep(fault.ms);
        return next();
      case 'hang':
        if (fault.charge) await next();
        return leaveToNode(c);
      case 'pendingThen':
      case 'duplicate':
        c.set('bookingFault', fault);
        return next();
      case 'lateCommit':
        c.set('bookingFault', fault);
        await next();
        return cut(c);
    }
  };
}

function answer(status: number, body: unknown): Response {
  const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(text ?? null, { status, headers: text === undefined ? {} : { 'content-type': type } });
}

function cut(c: Context<SimulatorEnv>): Response {
  c.env.outgoing.destroy();
  return leaveToNode(c);
}

/** The headers promise the whole body; the socket closes when half of it has left. */
async function truncate(c: Context<SimulatorEnv>): Promise<Response> {
  const outgoing: ServerResponse = c.env.outgoing;
  const body = Buffer.from(await c.res.arrayBuffer());
  outgoing.writeHead(c.res.status, { ...Object.fromEntries(c.res.headers), 'content-length': body.length });
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.destroy());
  return leaveToNode(c);
}

/** Tells the server adapter that the answer, if there is to be one, is written elsewhere. */
function leaveToNode(c: Context<SimulatorEnv>): Response {
  c.res = undefined;
  c.res = RESPONSE_ALREADY_SENT;
  return RESPONSE_ALREADY_SENT;
}
