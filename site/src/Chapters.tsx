import { useTranslation } from "react-i18next";
import { regenerateImage, regenerateSegment, type StoryDetail } from "./api.ts";
import { Change } from "./Change.tsx";
import { allLines, firstLines } from "./reading/chapters.ts";
import { Lines, speakerStyles } from "./reading/Lines.tsx";

interface ChaptersProps {
    story: StoryDetail;
    /** Addresses of the pictures, one for each chapter, or none. */
    images: string[];
    /** Whether single parts can be made again. */
    isEdited: boolean;
    /** The number of the line that is heard just now. */
    heard: number | undefined;
    /** Of the story's words. */
    language: string | undefined;
    /** Shows what was made again. */
    onChange: (part: "segment" | "picture") => Promise<void>;
}

/** The chapters, each beside its picture. */
export function Chapters({ story, images, isEdited, heard, language, onChange }: ChaptersProps) {
    const { t } = useTranslation();
    const { session_id: id } = story;
    const chapters = story.structured_story?.chapters ?? [];
    const styleOf = speakerStyles(allLines(chapters));
    const firsts = firstLines(chapters);
    return chapters.map((chapter, index) => {
        const heading = `chapter-${chapter.chapter_number}`;
        return (
            <section key={chapter.chapter_number} className="chapter" aria-labelledby={heading}>
                <h2 id={heading}>
                    <span className="note">{t("Chapter {{number}}", { number: chapter.chapter_number })}</span>{" "}
                    <span dir="auto" lang={language}>
                        {chapter.title}
                    </span>
                </h2>
                {images[index] && (
                    <figure>
                        <img
                            src={images[index]}
                            alt={t("Chapter {{number}}: {{title}}", {
                                number: chapter.chapter_number,
                                title: chapter.title,
                            })}
                            width="1024"
                            height="1024"
                            loading={index === 0 ? "eager" : "lazy"}
                        />
                        {isEdited && (
                            <figcaption>
                                <Change
                                    what={t("picture {{number}}", { number: index + 1 })}
                                    apply={(wish) => regenerateImage(id, index + 1, wish)}
                                    done={() => onChange("picture")}
                                />
                            </figcaption>
                        )}
                    </figure>
                )}
                <Lines
                    lines={chapter.lines}
                    first={firsts[index] ?? 1}
                    styleOf={styleOf}
                    heard={heard}
                    language={language}
                    behind={
                        isEdited
                            ? (number) => (
                                  <Change
                                      what={t("line {{number}}", { number })}
                                      apply={(wish) => regenerateSegment(id, number, wish)}
                                      done={() => onChange("segment")}
                                  />
                              )
                            : undefined
                    }
                />
            </section>
        );
    });
}
