/** Cancel a task or run it again, with what has to be asked before. */

import type { ShallowRef } from "vue";
import { ref, shallowRef } from "vue";
import { useRouter } from "vue-router";
import { ServiceError } from "../../viewer/core/api.js";
import type { Action, Parameter, Software, TaskEntry } from "../api/types.js";
import { parametersOf } from "../core/software.js";
import { useShell } from "../shell.js";
import { usePresence } from "./presence.js";

/** What a dialog asks before something is done to `task`. */
export interface Question {
  kind: "cancel" | "retry";
  task: TaskEntry;
  /** Secrets that the new run needs: they are kept nowhere. `undefined` until the service has told which. */
  secrets: Parameter[] | undefined;
}

export interface TaskActions {
  question: ShallowRef<Question | undefined>;
  problem: ReturnType<typeof ref<string>>;
  busy: ReturnType<typeof ref<boolean>>;
  ask(kind: Question["kind"], task: TaskEntry): Promise<void>;
  answer(secrets: Record<string, string>): Promise<void>;
  dismiss(): void;
}

export function useTaskActions(): TaskActions {
  const { service, activity } = useShell();
  const router = useRouter();
  const isHere = usePresence();
  const question = shallowRef<Question>();
  const problem = ref<string>();
  const busy = ref<boolean>(false);

  const ask = async (kind: Question["kind"], task: TaskEntry): Promise<void> => {
    problem.value = undefined;
    const asked: Question = { kind, task, secrets: kind === "retry" ? undefined : [] };
    question.value = asked;
    if (kind === "cancel") return;
    const secrets = await secretsOf(task);
    // Meanwhile it may have been closed, or something else asked.
    if (question.value === asked) question.value = { ...asked, secrets };
  };
  /** Which secrets the recipe takes for this action; none where that cannot be told now: the service will say so. */
  const secretsOf = async (task: TaskEntry): Promise<Parameter[]> => {
    try {
      const { software } = await service.value.call<{ software: Software[] }>("/v1/soft/list", { query: { wait: 0 } });
      const entry = software.find((one) => one.key === task.key);
      return entry ? parametersOf(entry, task.action as Action).filter((parameter) => parameter.secret) : [];
    } catch (error) {
      if (error instanceof ServiceError) return [];
      throw error;
    }
  };
  const answer = async (secrets: Record<string, string>): Promise<void> => {
    const asked = question.value;
    if (!asked?.secrets || busy.value) return;
    const { kind, task } = asked;
    const isAsked = (): boolean => isHere() && question.value === asked;
    busy.value = true;
    problem.value = undefined;
    try {
      if (kind === "cancel") await service.value.cancel(task.task_id);
      else {
        const taskId = await service.value.retry(task.task_id, secrets);
        if (isAsked()) await router.push({ name: "task", params: { taskId } });
      }
      if (question.value === asked) question.value = undefined;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (isAsked()) problem.value = error.message;
    } finally {
      busy.value = false;
      void activity.poll.refresh();
    }
  };
  return { question, problem, busy, ask, answer, dismiss: () => (question.value = undefined) };
}
