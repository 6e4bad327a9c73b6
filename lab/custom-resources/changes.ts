import type { MotoClients } from '../clients.ts';
import { stackNameIn } from '../deployed-stack.ts';
import { messageOf } from '../errors.ts';
import { templateBodyOf } from '../template-body.ts';
import type { LabLog, LabRequest, LabResponse, Place } from '../types.ts';
import { answer } from './answers.ts';
import { ChangeSets } from './change-sets.ts';
import type { StackOperations } from './operations.ts';
import type { StackRecords } from './records.ts';
import { type SeparatedTemplate, separateCustomResources } from './separate.ts';
import type { StackCall } from './stack-call.ts';

function withForm(request: LabRequest, form: URLSearchParams): LabRequest {
  return {
    ...request,
    query: '',
    headers: { ...request.headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
  };
}

/** What callers ask of CloudFormation that changes a stack: with the custom resources taken out of its template. */
export class StackChanges {
  readonly #clients: MotoClients;
  readonly #records: StackRecords;
  readonly #operations: StackOperations;
  readonly #log: LabLog;
  readonly #changeSets = new ChangeSets();

  constructor(options: {
    readonly clients: MotoClients;
    readonly records: StackRecords;
    readonly operations: StackOperations;
    readonly log: LabLog;
  }) {
    this.#clients = options.clients;
    this.#records = options.records;
    this.#operations = options.operations;
    this.#log = options.log;
  }

  /** CreateStack, UpdateStack and CreateChangeSet. */
  async change({ request, form, next }: StackCall): Promise<LabResponse> {
    const template = await this.#separated(form, request);
    if (template === undefined) {
      return next(request);
    }
    const stackName = stackNameIn(form);
    const stripped = new URLSearchParams(form);
    stripped.delete('TemplateURL');
    stripped.set('TemplateBody', template.rest);
    const send = () => next(template.form === 'as-given' ? request : withForm(request, stripped));
    if (form.get('Action') === 'CreateChangeSet') {
      const response = await send();
      const id = /<Id>([^<]+)<\/Id>/.exec(response.body.toString())?.[1];
      if (id !== undefined) {
        const operation = form.get('ChangeSetType') === 'UPDATE' ? 'UPDATE' : 'CREATE';
        this.#changeSets.add(id, { operation, template });
      }
      return response;
    }
    const operation = form.get('Action') === 'CreateStack' ? 'CREATE' : 'UPDATE';
    return this.#operations.deploy(request, { operation, stackName, template, send, next });
  }

  /** ExecuteChangeSet. */
  async execute({ request, form, next }: StackCall): Promise<LabResponse> {
    const changeSet = this.#changeSets.take(form.get('ChangeSetName') ?? '', request);
    const send = () => next(request);
    return changeSet === undefined
      ? send()
      : this.#operations.deploy(request, { ...changeSet, stackName: stackNameIn(form), send, next });
  }

  /** DeleteStack. */
  async delete({ request, form, next }: StackCall): Promise<LabResponse> {
    const record = this.#records.find(request, form.get('StackName') ?? '');
    if (record === undefined || record.resources.size === 0) {
      const response = await next(request);
      if (record !== undefined && response.status === 200) {
        delete record.status;
        this.#records.forgetName(record);
      }
      return response;
    }
    if (record.status?.name !== 'DELETE_IN_PROGRESS') {
      const retained = new Set(
        [...form].filter(([name]) => name.startsWith('RetainResources.')).map(([, logicalId]) => logicalId),
      );
      this.#operations.delete(record, request, { retained, next });
    }
    return answer('DeleteStack', {});
  }

  /** `undefined` for what moto has to judge: no template, or one that cannot be read. */
  async #separated(form: URLSearchParams, place: Place): Promise<SeparatedTemplate | undefined> {
    try {
      const template = await templateBodyOf(this.#clients, place, {
        url: form.get('TemplateURL'),
        body: form.get('TemplateBody'),
      });
      return template === undefined ? undefined : separateCustomResources(template);
    } catch (error) {
      this.#log('a template could not be read for custom resources', { error: messageOf(error) });
      return undefined;
    }
  }
}
