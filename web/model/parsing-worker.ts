/** The thread on which the jobs are done, so that the page's own stays free for what people see. */
import { type JobAnswer, type JobInput, type JobName, type JobRequest, perform } from "./parsing-jobs.ts";

self.addEventListener("message", async ({ data }: MessageEvent<JobRequest>) => {
  const { id, name, input } = data;
  let answer: JobAnswer;
  try {
    answer = { id, result: await perform(name, input as JobInput<JobName>) };
  } catch (error) {
    answer = { id, error: (error as Error).message };
  }
  self.postMessage(answer);
});
