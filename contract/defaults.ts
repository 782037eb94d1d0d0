/** Defaults that a stack's settings and the code in its images share. */

/** Who narrates: a voice of the text-to-speech API. */
export const defaultVoice = "en-Alice_woman";

/** The group of the user pool whose members no usage bound applies to. */
export const adminGroup = "admin";

/** The prefix of stories in the images bucket. */
export const storyPrefix = "AIWorkflow";

/** The model that writes, in regions of the United States; see `defaultTextModel` for the others. */
export const defaultTextModelId = "us.amazon.nova-pro-v1:0";

/** The maximum number of tokens of one answer. */
export const defaultMaxTokens = 4096;
