/** What a stack is given and the code in its images takes where nothing says otherwise. */

/** Who narrates: a voice of the text-to-speech API. */
export const defaultVoice = "en-Alice_woman";

/** The group of the user pool whose members no bound of what may be used holds. */
export const adminGroup = "admin";

/** Where stories lie in the images bucket. */
export const storyPrefix = "AIWorkflow";

/** The model that writes, in regions of the United States; see `defaultTextModel` for the others. */
export const defaultTextModelId = "us.amazon.nova-pro-v1:0";

/** Tokens of one answer at most. */
export const defaultMaxTokens = 4096;
