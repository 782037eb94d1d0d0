/**
 * What the picture model is told. Imports nothing, so that an evaluation can ask by another version of this file; names in
 * braces are filled in by `fill`.
 */
export interface ImagePrompts {
    /** {number} of the panel. */
    panel: string;
    /** Added where an earlier picture of the story is given. */
    reference: string;
    /** For a picture that is made again. */
    again: string;
}

export const prompts: ImagePrompts = {
    panel: "Draw panel {number} of a story, without any text in it.",
    reference:
        "The given picture is an earlier panel: keep its style, and draw every character who is in both exactly alike.",
    again: "Draw the given picture again with the same characters and style, changed as the user wishes.",
};
