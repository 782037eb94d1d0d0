/** The account whose everything is in MiniStack. */
export const ACCOUNT = "000000000000";
