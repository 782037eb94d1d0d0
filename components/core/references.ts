/** What code and images are referred to by. */

/** The alias of every function, by which its callers get the version that is live. */
export const LIVE_ALIAS = "live";

/** An image by its digest, `ADDRESS@sha256:DIGEST`. */
export const IMAGE_REF = /^\S+@sha256:[0-9a-f]{64}$/;
