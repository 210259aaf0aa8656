"""Documents of many kinds, all written for these tests: what a gate has to tell apart."""

from __future__ import annotations

ELECTIONS_CLERK = """ELECTIONS CLERK II
Pay grade: 14
Under the general supervision of the Elections Director, this position assists voters and candidates.

NATURE OF WORK
The incumbent shall follow state law and county policies. Applicants must pass a background check.

EXAMPLES OF DUTIES
Processes absentee ballot applications and updates voter records.
Prepares agendas and takes minutes at meetings of the board.
Answers questions from the public about registration and public comment periods.
Trains poll workers before each election.
Performs related duties as required.

KNOWLEDGE, SKILLS AND ABILITIES
Knowledge of office procedures. Ability to deal with the public. Ability to lift 30 pounds.

MINIMUM QUALIFICATIONS
High school diploma and two years of clerical experience. Valid driver's licence.
"""
NURSE = """We are looking for a registered nurse to join our team at a 200-bed hospital. As a ward nurse you
will assess patients on admission, administer medication, record vital signs in the electronic chart and teach
families how to care for patients at home. The successful candidate has a valid licence, strong communication
skills and at least one year of experience on a medical ward. Full-time, night shifts, competitive salary and
health insurance. Send us your resume to apply.
"""
WELDER_RUN_TOGETHER = (
    "Growing metal workshop is hiring a welder.Responsibilities:Weld steel frames from drawingsInspect "
    "finished joints for defectsMaintain welding machinesKeep the workplace clean and "
    "safeRequirements:Two years of welding experienceAbility to read blueprintsValid driver's licence"
    "Full-time, $25 per hour plus benefits"
)
STORE_MANAGER = """Store Manager (m/f/d)
Your tasks
• Lead a team of 20 associates
• Plan shifts and staffing for the week
• Order goods and monitor stock levels
• Handle customer complaints

Your profile
• Experience in retail
• Strong leadership skills
We offer a permanent contract, flexible hours and career opportunities.
"""
SHORT_DUTIES = """Duties
- Install electrical wiring in buildings
- Repair faulty circuit breakers
- Inspect electrical systems
- Read blueprints

Requirements
- Valid licence
"""
JOB_DESCRIPTIONS = {
    "elections clerk": ELECTIONS_CLERK,
    "nurse in one paragraph": NURSE,
    "welder without line breaks": WELDER_RUN_TOGETHER,
    "store manager": STORE_MANAGER,
    "duties alone": SHORT_DUTIES,
}

BOARD_AGENDA = """City Board Meeting, 12 May 2025
Call to order and roll call
1. Approval of the minutes
2. Hire a new Elections Director: review the responsibilities
3. Public comment
4. Review salary proposal
Adjournment
"""
TEAM_MINUTES = """Minutes of the weekly product meeting
Present: Ana, Bo, Chen. Apologies: Dee
- Ana presented the roadmap; Bo will update the ticket
- Action: Chen to prepare the launch plan by Friday
- Follow-up: hiring of a designer, candidates to be interviewed
Next meeting: Tuesday
"""
ORDER_PROCESS = """Process map: Order to cash
Process owner: Head of Sales Operations
Trigger: customer order
Step 1: Sales agent enters order -> Credit check
Step 2: Decision: credit approved? yes -> Warehouse, no -> Sales manager
Step 3: Warehouse ships goods -> Invoice sent
End: payment received
"""
CLEANING_SOP = """STANDARD OPERATING PROCEDURE
Title: Cleaning of mixing vessels
Document no: SOP-114   Version 3.0
Approved by: Quality
Purpose
To keep vessels free of residue.
Scope
All vessels in hall 2.
Responsibilities
Operators follow this procedure.
Procedure
1. Make sure that the vessel is empty.
2. Rinse with water at 60 degrees.
3. Record the time in the log.
Revision history
3.0 new detergent
"""
PASSWORD_POLICY = """Password Policy
This policy applies to all employees and contractors. Passwords must not be shared. Violations of this policy
may lead to disciplinary action. Employees shall change a password that has become known. Exceptions to this
policy require the approval of the security officer. Systems shall lock an account after ten failed attempts.
"""
CONTRACT = """EMPLOYMENT AGREEMENT
This Agreement is made between Acme Ltd (hereinafter "the Employer") and Jane Doe. WHEREAS the Employer wishes
to employ the Employee, the parties hereby agree as follows. The Employee shall perform the duties assigned.
The Employee shall receive a salary of 40,000 per annum. This Agreement is subject to the governing law of the
State. Neither party shall be liable for indirect damages. The Employee shall not disclose secrets.
"""
CV = """Curriculum Vitae
John Doe, date of birth 1 April 1985
Work history
2015-2020 Accountant at Acme. I was responsible for monthly reports and I prepared budgets.
2010-2015 Clerk at Bolt. I entered invoices and answered calls. My manager gave me more and more of the work.
Education: Bachelor of Commerce. References available on request.
"""
INTERVIEW_GUIDE = """Interview guide for hiring managers
Before the interview, make sure that you read the application. Each interviewer should ask the same questions.
- What was the hardest problem in your last job?
- How do you plan your day?
- Why do you want to work here?
After the interviews, the hiring team meets. See the onboarding checklist for new hires.
"""
OTHERS = {
    "board agenda": BOARD_AGENDA,
    "team minutes": TEAM_MINUTES,
    "process map": ORDER_PROCESS,
    "SOP": CLEANING_SOP,
    "policy": PASSWORD_POLICY,
    "contract": CONTRACT,
    "CV": CV,
    "interview guide": INTERVIEW_GUIDE,
}
KINDS = {
    "board agenda": "meeting",
    "team minutes": "meeting",
    "process map": "process_map",
    "SOP": "sop",
    "policy": "other",
    "contract": "other",
    "CV": "other",
}
