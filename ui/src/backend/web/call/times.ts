/** How long things may take in a call, in milliseconds; as `deskhand_viewer::call::machine` has them. */

/** How long a lost connection may heal before a new one is made. */
export const HEALING = 8_000;
/** How long an offer of another path may take until it is asked for again. */
export const MEND_AGAIN = 3_000;
/** How long a new connection may take: ICE gives up after about 25 s. */
export const CONNECTING = 30_000;
/** Time between two tries to reach a helper again. */
export const RETRY = 1_000;
/** Tries at a helper that is here but does not answer, before the technician is told. */
export const TRIES = 3;
export const RECONNECT_GRACE = 120_000;
export const RESTART_GRACE = 900_000;
