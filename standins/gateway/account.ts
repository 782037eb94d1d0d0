/** MiniStack's account. */
export const ACCOUNT = "000000000000";
